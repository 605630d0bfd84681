import ArgumentParser
import PagemapProbes
import PagemapReport
import TraceControl

extension Probes {
  /// `pmtrace probes install`.
  struct Install: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Adds the probes, for other tools to record.",
      discussion:
        "They stay until 'pmtrace probes remove'. Those that are there already stay as they are.")

    @OptionGroup
    var probes: ProbeOptions

    @Flag(help: "Lets a stack trace follow each event at which a reference changes hands.")
    var stacks = false

    func run() throws {
      try reporting {
        let prober = Prober(try Tracefs.locate(probes.tracefs))
        let outcomes = try prober.install(try probes.wanted(), as: .installed)
        let counts = [
          (outcomes.count { $0.isAdded }, "added"),
          (outcomes.count { $0.isUsable && !$0.isAdded }, "there already"),
          (outcomes.count { !$0.isUsable }, "refused"),
        ]
        let words = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        try Output.print(Array("\(outcomes.count) probes: \(words)\n".utf8))
        if outcomes.contains(where: { !$0.isUsable }) {
          Terminal.complain("'pmtrace probes check' tells why probes are refused")
        }
        if stacks { try prober.setStackTriggers(try probes.stackEvents()) }
        if !outcomes.contains(where: \.isUsable) { throw ExitCode(2) }
      }
    }
  }

  /// `pmtrace probes remove`.
  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes the probes that pmtrace has added, no others.")

    @OptionGroup
    var place: TracefsOption

    @Flag(help: "Only what killed runs have left: their ring buffers, and their probes.")
    var stale = false

    func run() throws {
      try reporting {
        let tracefs = try Tracefs.locate(place.tracefs)
        let report = stale ? try StaleRuns(tracefs).clean() : try Prober(tracefs).remove()
        var words = ["\(report.probes.removed.count) probes"]
        if !report.instances.isEmpty {
          words.append("\(report.instances.count) ring buffers of killed runs")
        }
        try Output.print(Array("removed \(words.joined(separator: " and "))\n".utf8))
        if report.liveRuns > 0 {
          Terminal.complain(
            "\(report.liveRuns) runs are at work; what they use stays until they end")
        }
        report.problems.forEach { Terminal.complain($0.description) }
        for refusal in report.probes.kept { Terminal.complain("not removed: \(refusal.reason)") }
        if !report.problems.isEmpty || !report.probes.kept.isEmpty { throw ExitCode(2) }
      }
    }
  }
}

extension ProbeCheck {
  /// What became of probes, for a report.
  init(_ planned: [PlannedProbe], _ outcomes: [ProbeOutcome], of set: String) {
    self.init(
      set: set, kernel: Tracefs.kernelRelease,
      probes: zip(planned, outcomes).map { planned, outcome in
        Probe(
          name: outcome.name.description, kind: planned.kind, outcome: Outcome(planned, outcome))
      })
  }
}

extension ProbeCheck.Outcome {
  init(_ planned: PlannedProbe, _ outcome: ProbeOutcome) {
    let refusal = outcome.refusals.first?.reason ?? "it has no definition for this kernel"
    switch outcome.result {
    case .added(let index) where planned.definitions.indices.contains(index):
      self = .loaded(planned.definitions[index], isPreferred: index == 0)
    case .present(.run): self = .present(.run)
    case .present(.installed): self = .present(.installation)
    case .present(.foreign): self = .present(.user)
    case .added, .refused:
      let missing = planned.module.flatMap { Tracefs.isModuleLoaded($0) ? nil : $0 }
      self = missing.map { .moduleMissing($0) } ?? .refused(reason: refusal)
    }
  }
}
