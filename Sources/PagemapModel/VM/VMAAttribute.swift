/// A `struct xe_vma_mem_attr`: the preferred pagemap of an xe VMA: one reference while it is set.
/// The functions that take and drop it are inlined, or do not tell the pagemap, so that it shows in
/// a pagemap's ledger only as a reference that no other holder explains.
package struct VMAAttribute: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// No preferred pagemap.
    case unset
    /// A pagemap is preferred, and held.
    case set
  }

  /// What takes an attribute from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// The attribute is set, or copied from another VMA's.
    case take
    /// The attribute is replaced or reset, or its VMA goes.
    case drop
  }

  /// The life of an attribute.
  package static let machine = StateMachine<State, Trigger>(
    "xe_vma_mem_attr", in: "drivers/gpu/drm/xe/xe_vm_madvise.c",
    steps: [
      .init(.unset, on: .take, to: .set, by: "madvise_preferred_mem_loc"),
      .init(.unset, on: .take, to: .set, by: "xe_vma_mem_attr_copy"),
      .init(.set, on: .drop, to: .unset, by: "madvise_preferred_mem_loc"),
      .init(.set, on: .drop, to: .unset, by: "xe_vma_mem_attr_copy"),
      .init(.set, on: .drop, to: .unset, by: "xe_vma_destroy_late"),
    ])

  /// Where it stands.
  package var state: State = .unset
  /// The pagemap that is preferred, and held; nil while none is.
  package private(set) var pagemap: UInt64?
  /// The event that brought it there.
  package private(set) var since: EventNote

  init(since: EventNote) { self.since = since }

  /// Prefers a pagemap from now on; nil for none.
  mutating func prefer(_ pagemap: UInt64?, _ note: EventNote) {
    guard pagemap != self.pagemap else { return }
    step(.drop)
    if pagemap != nil { step(.take) }
    self.pagemap = pagemap
    since = note
  }
}
