import ArgumentParser
import PagemapRules

/// A stretch of time with its unit: `500ms`, `10s`, `5m`.
struct TimeSpan: ExpressibleByArgument {
  /// Its length in nanoseconds.
  let nanoseconds: UInt64

  init(milliseconds: UInt64) { nanoseconds = milliseconds * 1_000_000 }

  init?(argument: String) {
    if let minutes = Self.count(argument, before: "m") {
      let (value, overflow) = minutes.multipliedReportingOverflow(by: 60_000_000_000)
      guard !overflow else { return nil }
      nanoseconds = value
    } else {
      guard let value = Thresholds.value(of: argument, for: .quietTime) else { return nil }
      nanoseconds = value
    }
  }

  private static func count(_ text: String, before unit: String) -> UInt64? {
    text.hasSuffix(unit) ? UInt64(text.dropLast(unit.count)) : nil
  }

  /// The same in whole milliseconds.
  var milliseconds: UInt64 { nanoseconds / 1_000_000 }

  var defaultValueDescription: String { "\(milliseconds)ms" }
}

/// A size of memory: `64k`, `8M`, `1G`, or a number of KiB.
struct BufferSize: ExpressibleByArgument {
  /// In KiB.
  let kibibytes: UInt64

  /// What one CPU's ring buffer has where nothing is asked for.
  static let standard = BufferSize(kibibytes: 8192)
  /// More than a CPU can have.
  private static let limit: UInt64 = 1 << 30

  private init(kibibytes: UInt64) { self.kibibytes = kibibytes }

  init?(argument: String) {
    let units: [Character: UInt64] = ["k": 1, "m": 1 << 10, "g": 1 << 20]
    let unit = argument.lowercased().last.flatMap { units[$0] }
    let digits = unit == nil ? argument[...] : argument.dropLast()
    guard let count = UInt64(digits), count > 0 else { return nil }
    let (value, overflow) = count.multipliedReportingOverflow(by: unit ?? 1)
    guard !overflow, value <= Self.limit else { return nil }
    kibibytes = value
  }

  var defaultValueDescription: String { "8M" }
}

/// What `record` and `stream` have in common: what is recorded, and for how long.
struct RecordingOptions: ParsableArguments {
  @OptionGroup(title: "PROBES")
  var probes: ProbeOptions

  @Option(
    help: ArgumentHelp(
      "Records this event as well, '*' and '?' being wildcards. May be given several times.",
      valueName: "SYSTEM:NAME"))
  var event: [String] = []

  @Flag(help: "Records the kernel's stack where a reference changes hands.")
  var stacks = false

  @Option(
    help: ArgumentHelp("The ring buffer of each CPU: 64k, 8M, or KiB.", valueName: "SIZE"))
  var bufferSize = BufferSize.standard

  @Option(help: ArgumentHelp("The clock of the stamps, as in trace_clock.", valueName: "NAME"))
  var clock = "mono"

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("Ends the recording after so long: 500ms, 10s, 5m.", valueName: "DURATION"))
  var duration: TimeSpan?

  @Option(
    help: ArgumentHelp(
      "How long the recording goes on when the command has ended, so that what it left behind shows.",
      valueName: "DURATION"))
  var settle = TimeSpan(milliseconds: 300)

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("The command to run while recording.", valueName: "COMMAND"))
  var command: [String] = []
}
