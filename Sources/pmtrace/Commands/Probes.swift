import ArgumentParser
import PagemapAnalysis
import PagemapEvents
import PagemapProbes
import PagemapReport
import PagemapRules
import TraceControl

/// `pmtrace probes`: what is put on the kernel's functions to see pagemaps.
struct Probes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists, tries, installs and removes the probes.",
    discussion: """
      EXAMPLES:
        pmtrace probes check                         which of them this kernel takes, and why not
        pmtrace probes check --format json | jq '.rules[] | select(.decided)'
        pmtrace probes install --stacks              for trace-cmd or perf; until they are removed
        pmtrace probes remove                        only what pmtrace has added
        pmtrace probes remove --stale                what killed runs have left
        pmtrace probes emit --as sh > record.sh      for a machine without pmtrace

      'record' and 'stream' add and remove their probes by themselves.

      EXIT CODES:
        0 a probe can be used   2 none can; or one to be removed is in use
        3 tracing cannot be used   64 usage   70 internal
      """,
    subcommands: [List.self, Check.self, Install.self, Remove.self, Emit.self])

  func run() throws {
    throw ValidationError("Missing a subcommand: 'list', 'check', 'install', 'remove' or 'emit'.")
  }

  /// The formats of reports.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  /// `pmtrace probes list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The probes of a set, without any kernel.")

    @Option(
      help: ArgumentHelp("The set: \(ProbeSet.names).", valueName: "SET"),
      transform: ProbeChoice.set(named:))
    var set = ProbeSet.main

    @Option(help: "The format of the list.")
    var format = Format.text

    @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
    var color = ColorChoice.auto

    func run() throws {
      let probes = ProbeCatalogue.probes(of: set)
      switch format {
      case .text:
        let look = RenderOptions(color: color.isOn(for: Output.standard))
        try Output.print(ProbeList.text(probes, set: set.rawValue, options: look))
      case .json: try Output.print(ProbeList.json(probes, set: set.rawValue))
      }
    }
  }

  /// `pmtrace probes check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tries the probes on this kernel and takes them away again.",
      discussion: """
        It tells which load, which do not and the kernel's reason, and which rules the events that
        there would be are enough for.
        """)

    @OptionGroup
    var probes: ProbeOptions

    @Option(help: "The format of the report.")
    var format = Format.text

    @Flag(help: "One line.")
    var quiet = false

    @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
    var color = ColorChoice.auto

    func run() throws {
      try reporting {
        let planned = try probes.choice.planned()
        let tracefs = try Tracefs.locate(probes.tracefs)
        tracefs.abilities.limits.forEach { Terminal.complain($0.description) }
        let outcomes = try Prober(tracefs).check(planned.map(\.wanted))
        let check = ProbeCheck(planned, outcomes, of: probes.choice.title)
        switch format {
        case .text:
          let look = RenderOptions(color: color.isOn(for: Output.standard), quiet: quiet)
          try Output.print(ProbeReport.text(check, rules: RuleRegistry.all, options: look))
        case .json: try Output.print(ProbeReport.json(check, rules: RuleRegistry.all))
        }
        if !outcomes.contains(where: \.isUsable) { throw ExitCode(2) }
      }
    }
  }

  /// `pmtrace probes emit`.
  struct Emit: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a script that records without pmtrace.")

    @OptionGroup
    var choice: ProbeChoice

    @Option(name: .customLong("as"), help: "What records: a shell alone, trace-cmd or perf.")
    var flavour = ProbeScript.Flavour.sh

    func run() throws {
      // The script makes kprobes by itself where there are no fprobes.
      let definitions = try choice.planned().map { $0.definitions.filter { $0.form != .kprobe } }
      try Output.print(ProbeScript.render(definitions, title: choice.title, as: flavour))
    }
  }
}

extension ProbeScript.Flavour: ExpressibleByArgument {}

extension ProbeSet {
  /// All names, for people.
  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
