/// A `struct xe_vm`: a VM of the xe driver with shared virtual memory. `xe_svm_init` fills its
/// slots with pagemaps and lets its peer join a group. `xe_svm_close` puts the slots and lets the
/// peer leave; the attributes of its VMAs and its ranges are dropped behind that, up to
/// `xe_svm_fini`.
package struct XeVM: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// In use.
    case open
    /// `xe_svm_close` ran: no fault is handled and nothing is migrated for it any more.
    case closed
    /// `xe_svm_fini` ran: all ranges are gone.
    case finished
  }

  /// What takes a VM from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// A GPU fault is handled.
    case fault
    /// `xe_svm_close`.
    case close
    /// `xe_svm_fini`.
    case finish
  }

  /// The life of an xe_vm. `xe_svm_init` begins it.
  package static let machine = StateMachine<State, Trigger>(
    "xe_vm", in: "drivers/gpu/drm/xe/xe_svm.c",
    steps: [
      .init(.open, on: .fault, to: .open, by: "xe_svm_handle_pagefault"),
      .init(.open, on: .close, to: .closed, by: "xe_svm_close"),
      .init(.closed, on: .finish, to: .finished, by: "xe_svm_fini"),
    ])

  /// Where it stands.
  package var state: State = .open
  /// The event that brought it there.
  package var since: EventNote
  /// Which life of the address, and unlike every other life of any object of the trace.
  package var epoch: UInt32
  package var serial: UInt64
}
