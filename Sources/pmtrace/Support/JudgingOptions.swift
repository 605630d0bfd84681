import ArgumentParser
import PagemapRules

/// How findings are judged, for every command that gives a verdict.
struct JudgingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The least severity of a certain finding that fails a trace.", valueName: "severity"))
  var failOn = Severity.error

  @Flag(help: "Lets a trace pass whose evidence may be missing, unless no pagemap event is in it.")
  var allowIncomplete = false

  @Option(
    help: ArgumentHelp(
      "Checks this rule and no other. May be given several times.", valueName: "ID"),
    transform: RuleNames.rule(named:))
  var rule: [RuleID] = []

  @Option(
    help: ArgumentHelp(
      "Changes a number that judgements rest on, such as quiet-time=1s. May be given several times.",
      valueName: "NAME=VALUE"))
  var threshold: [ThresholdSetting] = []

  /// The policy of this run.
  var options: AnalysisOptions {
    var options = AnalysisOptions()
    options.failOn = failOn
    options.allowIncomplete = allowIncomplete
    options.rules = rule.isEmpty ? nil : Set(rule)
    for setting in threshold { options.thresholds[setting.name] = setting.value }
    return options
  }
}
