import ArgumentParser
import Glibc
import PagemapAnalysis
import PagemapPolicy
import PagemapRules

/// How findings are judged, for every command that gives a verdict.
struct JudgingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The least severity of a certain finding that fails a trace; error where nothing says other.",
      valueName: "severity"))
  var failOn: Severity?

  @Flag(
    help:
      "Lets a trace pass whose evidence may be missing, unless it has no pagemap event or decides nothing."
  )
  var allowIncomplete = false

  @Option(
    help: ArgumentHelp(
      "Checks this rule and no other. May be given several times.", valueName: "ID"),
    transform: RuleNames.argument)
  var rule: [RuleID] = []

  @Option(
    help: ArgumentHelp(
      "Passes a trace only if these were decided: rules, classes of findings, or lifetimes, "
        + "migrations, all. May be given several times.", valueName: "NAME,…"),
    transform: RuleNames.requirement)
  var require: [Set<RuleID>] = []

  @Option(
    help: ArgumentHelp(
      "Changes a number that judgements rest on, such as quiet-time=1s. May be given several times.",
      valueName: "NAME=VALUE"))
  var threshold: [ThresholdSetting] = []

  @Option(
    help: ArgumentHelp(
      "Known findings, made by 'pmtrace baseline write': they are marked and fail nothing.",
      valueName: "FILE"))
  var baseline: String?

  @OptionGroup
  var configuration: ConfigurationOptions

  /// The policy of this run: the configuration's, and over it that of the command line.
  ///
  /// - Parameter withBaseline: whether a baseline counts; a command that makes one, or names its own,
  ///   reads none, since it need not be there yet.
  /// - Throws: `ExitCode` 64 where the configuration or the baseline cannot be used, which was told.
  func options(withBaseline: Bool = true) throws -> AnalysisOptions {
    var options = AnalysisOptions()
    let file = try configuration.load()
    if let file { file.configuration.apply(to: &options, today: SystemClock.today) }
    if let failOn { options.failOn = failOn }
    if allowIncomplete { options.allowIncomplete = true }
    if !rule.isEmpty { options.rules = Set(rule) }
    for rules in require { options.required.formUnion(rules) }
    for setting in threshold { options.thresholds[setting.name] = setting.value }
    if withBaseline, let path = baseline ?? file?.baselinePath {
      options.baseline = try Self.readBaseline(path)
    }
    return options
  }

  /// Reads known findings. What is wrong with the file is told before it throws.
  static func readBaseline(_ path: String) throws -> Baseline {
    do throws(BaselineFile.Failure) {
      return try BaselineFile.read(
        try Input.bytes(of: path, limit: BaselineFile.sizeLimit), name: path)
    } catch {
      Terminal.complain("\(error)")
      throw ExitCode.validationFailure
    }
  }
}

/// Where the configuration is.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The configuration; .pmtrace.yml of the working directory where nothing is named.",
      valueName: "FILE"))
  var config: String?

  @Flag(help: "Reads no configuration.")
  var noConfig = false

  func validate() throws {
    if config != nil, noConfig { throw ValidationError("Give --config or --no-config.") }
  }

  /// A configuration that was read.
  struct File {
    var path: String
    var configuration: Configuration

    /// The baseline's path: the file's is relative to the file.
    var baselinePath: String? {
      guard let baseline = configuration.baseline else { return nil }
      guard !baseline.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return baseline }
      return path[...slash] + baseline
    }
  }

  /// Reads the configuration, and tells which suppressions have expired; nil where there is none.
  ///
  /// - Throws: `ExitCode` 64 where it cannot be used; everything that is wrong was told.
  func load() throws -> File? {
    if noConfig { return nil }
    let path = config ?? Configuration.fileName
    if config == nil, access(path, F_OK) != 0 { return nil }
    do {
      let bytes = try Input.bytes(of: path, limit: ConfigurationReader.sizeLimit)
      let configuration = try ConfigurationReader.read(bytes, file: path)
      for entry in configuration.expired(on: SystemClock.today) {
        Terminal.complain(Self.words(entry, in: path))
      }
      return File(path: path, configuration: configuration)
    } catch let error as ConfigurationError {
      for issue in error.issues { Terminal.complain("\(issue)") }
    } catch let error as BaselineFile.Failure {
      Terminal.complain("\(error)")
    }
    throw ExitCode.validationFailure
  }

  private static func words(_ entry: Configuration.Entry, in path: String) -> String {
    let acceptance = entry.suppression.acceptance
    let owner = acceptance.owner.map { ", owner \($0)" } ?? ""
    return "\(path):\(entry.line): the suppression expired on \(acceptance.expires ?? "")"
      + " (\(acceptance.reason ?? "no reason")\(owner)); its findings count again"
  }
}

/// The clock on the wall, for what depends on the day.
enum SystemClock {
  /// Today, by Coordinated Universal Time.
  static var today: CalendarDay { CalendarDay(secondsSince1970: time(nil)) }
}
