/// An event of the kernel: its system (group) and its name.
package struct EventName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The system, for example `sched`.
  package var system: String
  /// The event's own name, for example `sched_switch`.
  package var event: String

  package init(system: String, event: String) {
    self.system = system
    self.event = event
  }

  package var description: String { "\(system):\(event)" }

  package static func < (left: Self, right: Self) -> Bool {
    (left.system, left.event) < (right.system, right.event)
  }

  /// Its directory below a tracing directory.
  var path: String { "events/\(system)/\(event)" }
}
