/// A `struct drm_gpusvm_range`: a stretch of memory that the GPU maps as one.
/// `drm_gpusvm_range_find_or_insert` makes it with one reference, which is the tree's. Whoever else
/// holds one may look at it behind its removal; the last put frees it.
package struct SVMRange: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// In the tree, which holds one reference.
    case inTree
    /// Taken out of the tree; whoever holds a reference may still look at it.
    case removed
  }

  /// What takes a range from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// Found, mapped or evicted.
    case use
    /// `drm_gpusvm_range_remove`.
    case remove
    /// `drm_gpusvm_range_put`.
    case put
  }

  /// The life of a drm_gpusvm_range. `drm_gpusvm_range_find_or_insert` begins it.
  package static let machine = StateMachine<State, Trigger>(
    "drm_gpusvm_range", in: "drivers/gpu/drm/drm_gpusvm.c",
    steps: [
      .init(.inTree, on: .use, to: .inTree, by: "drm_gpusvm_range_find_or_insert"),
      .init(.inTree, on: .use, to: .inTree, by: "drm_gpusvm_range_evict"),
      .init(.inTree, on: .put, to: .inTree, by: "drm_gpusvm_range_put"),
      .init(.inTree, on: .remove, to: .removed, by: "drm_gpusvm_range_remove"),
      .init(.removed, on: .put, to: .removed, by: "drm_gpusvm_range_put"),
    ])

  /// Where it stands.
  package var state: State = .inTree
  /// The gpusvm it belongs to.
  package var gpusvm: UInt64
  /// Its virtual addresses, the end exclusive; nil where no event told.
  package var start: UInt64?
  package var end: UInt64?
  /// The event that began its life, or removed it.
  package var since: EventNote
  /// Which life of the address, and unlike every other life of any object of the trace.
  package var epoch: UInt32
  package var serial: UInt64
}
