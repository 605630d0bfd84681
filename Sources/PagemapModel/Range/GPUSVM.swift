/// A `struct drm_gpusvm`: the mirror of one process's address space on a GPU. `drm_gpusvm_init`
/// begins it, and it holds the `mm_struct` itself, not its users. `drm_gpusvm_fini` removes what
/// notifiers and ranges are left.
package struct GPUSVM: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// `drm_gpusvm_init` ran.
    case live
    /// `drm_gpusvm_fini` ran: all notifiers and ranges are gone.
    case finished
  }

  /// What takes a gpusvm from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// A range is made, found, migrated, mapped or removed.
    case use
    /// `drm_gpusvm_fini`.
    case finish
  }

  /// The life of a drm_gpusvm. `drm_gpusvm_init` begins it.
  package static let machine = StateMachine<State, Trigger>(
    "drm_gpusvm", in: "drivers/gpu/drm/drm_gpusvm.c",
    steps: [
      .init(.live, on: .use, to: .live, by: "drm_gpusvm_range_find_or_insert"),
      .init(.live, on: .finish, to: .finished, by: "drm_gpusvm_fini"),
    ])

  /// Where it stands.
  package var state: State = .live
  /// The process's address space.
  package var mm: UInt64?
  /// The event that began or ended its life.
  package var since: EventNote
  /// Which life of the address, and unlike every other life of any object of the trace.
  package var epoch: UInt32
  package var serial: UInt64
}
