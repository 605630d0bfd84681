import ArgumentParser
import PagemapPolicy
import PagemapReport
import PagemapRules

/// `pmtrace config`: the configuration.
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks a configuration.",
    discussion: """
      EXAMPLES:
        pmtrace config check                  .pmtrace.yml of the working directory
        pmtrace config check ci/pmtrace.yml
      """,
    subcommands: [Check.self], defaultSubcommand: Check.self)

  /// `pmtrace config check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells what a configuration says, or everything that is wrong with it.",
      discussion: """
        EXIT CODES:
          0 it can be used, and no suppression has expired   1 a suppression has expired
          64 it cannot be used
        """)

    @Argument(help: ArgumentHelp("The configuration.", valueName: "FILE"))
    var file = Configuration.fileName

    @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
    var color = ColorChoice.auto

    func run() throws {
      var options = ConfigurationOptions()
      options.config = file
      options.noConfig = false
      guard let loaded = try options.load() else { return }
      let look = RenderOptions(color: color.isOn(for: Output.standard))
      let today = SystemClock.today
      try Output.print(
        ConfigurationText.render(loaded.configuration, file: file, today: today, options: look))
      if let baseline = loaded.baselinePath { _ = try JudgingOptions.readBaseline(baseline) }
      if !loaded.configuration.expired(on: today).isEmpty { throw ExitCode(1) }
    }
  }
}
