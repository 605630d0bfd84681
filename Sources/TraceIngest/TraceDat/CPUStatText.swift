/// The text of a CPUSTAT option: a `per_cpu/cpuN/stats` file, or the line that says to which
/// buffer the following ones belong.
package enum CPUStatText {
  /// A CPU's counters. The clock is as printed: nanoseconds where it had a decimal point.
  case statistics(cpu: UInt32, CPUStatistics)
  /// `Buffer: NAME`: the following options are of that instance.
  case buffer(name: String)

  /// Parses the option's bytes; nil where they are neither.
  package init?(_ bytes: [UInt8]) {
    var cpu: UInt32?
    var statistics = CPUStatistics()
    for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == 0 }) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let label = String(decoding: line[..<colon], as: UTF8.self)
      let value = String(
        decoding: line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
      switch label {
      case "Buffer":
        self = .buffer(name: value)
        return
      case "CPU": cpu = UInt32(value)
      case "entries": statistics.entries = UInt64(value) ?? 0
      case "overrun": statistics.overrun = UInt64(value) ?? 0
      case "commit overrun": statistics.commitOverrun = UInt64(value) ?? 0
      case "dropped events": statistics.droppedEvents = UInt64(value) ?? 0
      case "read events": statistics.readEvents = UInt64(value) ?? 0
      case "now ts": statistics.now = Self.stamp(value)
      default: break
      }
    }
    guard let cpu else { return nil }
    self = .statistics(cpu: cpu, statistics)
  }

  /// `SECONDS.MICROSECONDS` in nanoseconds, or a plain number as it is.
  private static func stamp(_ text: String) -> UInt64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap({ UInt64($0) }) else { return nil }
    guard parts.count == 2 else { return parts.count == 1 ? whole : nil }
    guard parts[1].count == 6, let micro = UInt64(parts[1]) else { return nil }
    let (nanoseconds, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? nil : nanoseconds &+ micro * 1000
  }
}
