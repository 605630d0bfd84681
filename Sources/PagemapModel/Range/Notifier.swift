/// A `struct drm_gpusvm_notifier`: the callback for a stretch of a process's memory.
/// `mmu_interval_notifier_insert` registers it before it is in the gpusvm's tree, so that it may be
/// called back at once. Its functions are inlined: events show its callback, and with probes of mm
/// its insertion and its removal. Its first callback shows that it is in the tree.
package struct Notifier: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// Registered with mm, not yet seen in the gpusvm's tree.
    case inserted
    /// In the gpusvm's tree.
    case inTree
    /// Gone with its last range, or with the gpusvm.
    case removed
  }

  /// What takes a notifier from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// mm calls back: mappings of the stretch change.
    case invalidate
    /// The last range of the stretch is removed.
    case remove
  }

  /// The life of a drm_gpusvm_notifier. `mmu_interval_notifier_insert` begins it.
  package static let machine = StateMachine<State, Trigger>(
    "drm_gpusvm_notifier", in: "drivers/gpu/drm/drm_gpusvm.c",
    steps: [
      .init(.inserted, .inTree, on: .invalidate, to: .inTree, by: "drm_gpusvm_notifier_invalidate"),
      .init(.inserted, .inTree, on: .remove, to: .removed, by: "drm_gpusvm_range_remove"),
      .init(.inserted, .inTree, on: .remove, to: .removed, by: "drm_gpusvm_fini"),
    ])

  /// Where it stands.
  package var state: State = .inserted
  /// The event that brought it there.
  package var since: EventNote
}
