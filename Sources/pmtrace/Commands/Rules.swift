import ArgumentParser
import PagemapReport
import PagemapRules

/// `pmtrace rules`: what is checked.
struct Rules: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists and explains the rules.",
    discussion: """
      EXAMPLES:
        pmtrace rules list
        pmtrace rules list --format json
        pmtrace rules explain PM001 double-migration
      """,
    subcommands: [List.self, Explain.self], defaultSubcommand: List.self)

  /// The formats of both.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  /// `pmtrace rules list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One line per rule.")

    @Option(help: "The format of the list.")
    var format = Format.text

    @Option(help: "Colours in text.")
    var color = ColorChoice.auto

    func run() throws {
      switch format {
      case .text:
        let look = RenderOptions(color: color.isOn(for: Output.standard))
        try Output.print(RuleCatalog.list(RuleRegistry.all, options: look))
      case .json: try Output.print(RuleCatalog.json(RuleRegistry.all))
      }
    }
  }

  /// `pmtrace rules explain PM001`.
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "All that is to be known of a rule.")

    @Argument(
      help: ArgumentHelp(
        "The rules' ids or slugs, for example PM001 or double-migration.", valueName: "rule"),
      transform: RuleNames.argument)
    var rules: [RuleID]

    @Option(help: "The format of the explanation.")
    var format = Format.text

    @Option(help: "Colours in text.")
    var color = ColorChoice.auto

    func run() throws {
      let wanted = rules.compactMap { RuleRegistry.metadata(of: $0) }
      switch format {
      case .text:
        let look = RenderOptions(color: color.isOn(for: Output.standard))
        let pages = wanted.map { RuleCatalog.explain($0, options: look) }
        try Output.print(Array(pages.joined(separator: [UInt8(ascii: "\n")])))
      case .json: try Output.print(RuleCatalog.json(wanted))
      }
    }
  }
}
