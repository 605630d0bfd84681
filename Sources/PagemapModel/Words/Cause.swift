/// What a finding has its root in: what has one root gives one finding.
package enum Cause: Hashable, Sendable {
  /// One life of one object, by its serial number.
  case life(UInt64)
  /// A call of a task, by the place of its entry in the trace.
  case call(UInt64)
  /// A task.
  case task(Int32)
  /// One life of a device page whose allocation is not known.
  case page(UInt64, epoch: UInt32)
  /// An event, by its place in the trace.
  case event(UInt64)
}
