/// An object that steps through its own machine: `Documentation/Model.md` draws exactly what runs.
package protocol MachineObject: Sendable {
  associatedtype State: RawRepresentable<UInt8> & CaseIterable & Sendable & Equatable
  associatedtype Trigger: RawRepresentable<UInt8> & CaseIterable & Sendable

  /// The states, and what takes the object from one to the next.
  static var machine: StateMachine<State, Trigger> { get }
  /// Where it stands. Only `step` and `recover` write it.
  var state: State { get set }
}

extension MachineObject {
  /// Takes the step that the machine declares for `trigger`. Answers false where it has none: then the
  /// state stays, and the rule that owns this step says what is wrong.
  @inline(__always)
  @discardableResult
  mutating func step(_ trigger: Trigger) -> Bool {
    guard let next = Self.machine.take(state, trigger) else { return false }
    state = next
    return true
  }

  /// Whether the machine has a step for `trigger` from where the object stands.
  @inline(__always)
  package func allows(_ trigger: Trigger) -> Bool { Self.machine.next(state, trigger) != nil }

  /// Brings the object to where an event shows it to stand, when the steps to it went unrecorded.
  mutating func recover(to state: State) { self.state = state }
}
