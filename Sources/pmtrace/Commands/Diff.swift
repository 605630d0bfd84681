import ArgumentParser
import PagemapAnalysis
import PagemapDiff
import PagemapPolicy
import PagemapReport
import PagemapRules

/// `pmtrace diff`: what changed between two runs.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares two recordings, or two saved JSON reports.",
    discussion: """
      EXAMPLES:
        pmtrace diff good.dat bad.dat              findings, migrations, latencies, cost
        pmtrace diff nightly.json today.dat        a saved report and a recording
        pmtrace diff --allow latency=20 --allow migrations=10 a.dat b.dat
        pmtrace diff --allow cost=any a.dat b.dat  cost is shown, and never a regression
        pmtrace diff --format json a.dat b.dat | jq '.pairs[].regressions'

      A regression is: a verdict that became fail; a new certain finding that is not accepted; a
      number that grew by more than --allow says. Reports of several traces are compared file name
      by file name.

      EXIT CODES:
        0 no regression   1 a regression   2 none, and a trace is inconclusive
        3 an input was unusable   64 usage
      """)

  @Argument(help: ArgumentHelp("A recording, or a report in JSON.", valueName: "A"))
  var first: String

  @Argument(help: ArgumentHelp("What it is compared with.", valueName: "B"))
  var second: String

  @Option(
    help: ArgumentHelp(
      "How much something may grow: latency, failures (percentage points), migrations, cost. 'any' "
        + "for as much as it likes. May be given several times.", valueName: "NAME=PERCENT"))
  var allow: [DiffAllowance] = []

  @Option(
    help: ArgumentHelp("Calls that latencies and failures need on both sides.", valueName: "N"))
  var leastCalls: UInt64 = DiffLimits().leastCalls

  @OptionGroup
  var judging: JudgingOptions

  @Option(help: "The format on standard output.")
  var format = Rules.Format.text

  @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
  var color = ColorChoice.auto

  func validate() throws {
    if first == "-", second == "-" {
      throw ValidationError("Standard input ('-') can be read only once.")
    }
  }

  func run() throws {
    var limits = DiffLimits()
    limits.leastCalls = leastCalls
    for allowance in allow { limits[allowance.name] = allowance.percent }
    let judge = Judge(options: try judging.options())
    let difference = RunDifference(
      try digests(of: first, judge), try digests(of: second, judge), limits: limits)
    switch format {
    case .text:
      let look = RenderOptions(color: color.isOn(for: Output.standard))
      try Output.print(DiffText.render(difference, options: look))
    case .json: try Output.print(DiffJSON.render(difference))
    }
    if difference.exitCode != 0 { throw ExitCode(difference.exitCode) }
  }

  /// The traces of a saved report, or a recording's analysis.
  private func digests(of path: String, _ judge: Judge) throws -> [RunDigest] {
    guard path != "-" else { return [RunDigest(judge.analysis(of: path))] }
    do {
      guard SavedReport.looksLikeOne(try Input.bytes(of: path, limit: 256)) else {
        return [RunDigest(judge.analysis(of: path))]
      }
      return try SavedReport.read(
        try Input.bytes(of: path, limit: SavedReport.sizeLimit), name: path)
    } catch let error as SavedReport.Failure {
      Terminal.complain("\(error)")
    } catch let error as BaselineFile.Failure {
      Terminal.complain("\(error)")
    }
    throw ExitCode(3)
  }
}

/// `NAME=PERCENT`: how much something may grow.
struct DiffAllowance: ExpressibleByArgument {
  /// What may grow.
  let name: DiffLimits.Name
  /// By how many per cent; nil for any.
  let percent: Double?

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = DiffLimits.Name(rawValue: String(parts[0])) else {
      return nil
    }
    self.name = name
    if parts[1] == "any" {
      percent = nil
    } else {
      guard let value = Double(parts[1]), value.isFinite, value >= 0 else { return nil }
      percent = value
    }
  }

  static var allValueStrings: [String] { DiffLimits.Name.allCases.map { "\($0.rawValue)=PERCENT" } }
}
