package import PagemapEvents

/// What tells a task from others: its id. The idle tasks share pid 0, so each CPU's is told apart by a
/// number below 0.
package struct TaskKey: Hashable, Comparable, Sendable {
  /// The id, or below 0 the number of an idle task.
  package let number: Int32

  init(number: Int32) { self.number = number }

  /// The task at a place in a table; nil where that is none.
  init?(address: UInt64) {
    guard let number = Int32(exactly: Int64(bitPattern: address)) else { return nil }
    self.number = number
  }

  /// The task that an event ran in.
  @inline(__always)
  package init(_ event: borrowing PagemapEvent) {
    number = event.pid != 0 ? event.pid : -1 &- Int32(truncatingIfNeeded: event.cpu & 0xffff)
  }

  /// Whether it is a task and not an idle one.
  var isTask: Bool { number > 0 }
  /// The place of the task in a table.
  var address: UInt64 { UInt64(bitPattern: Int64(number)) }

  package static func < (one: TaskKey, other: TaskKey) -> Bool { one.number < other.number }
}
