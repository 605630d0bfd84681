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
        pmtrace rules explain PM001
      """,
    subcommands: [List.self, Explain.self], defaultSubcommand: List.self)

  /// `pmtrace rules list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One line per rule.")

    /// The formats of the list.
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

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

    @Argument(help: "The rule's id, for example PM001.", transform: RuleNames.rule(named:))
    var id: RuleID

    @Option(help: "Colours in text.")
    var color = ColorChoice.auto

    func run() throws {
      let look = RenderOptions(color: color.isOn(for: Output.standard))
      for rule in RuleRegistry.all where rule.id == id {
        try Output.print(RuleCatalog.explain(rule, options: look))
      }
    }
  }
}
