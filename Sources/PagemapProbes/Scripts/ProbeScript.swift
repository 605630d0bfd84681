/// A script that records without pmtrace: it adds probes, records them, and removes what it added.
///
/// The same probes give the same bytes.
package enum ProbeScript {
  /// What records, and so what the machine must have besides a POSIX shell and tracefs.
  package enum Flavour: String, CaseIterable, Sendable {
    /// Nothing more: text from `trace_pipe`.
    case sh
    /// trace-cmd: a trace.dat.
    case traceCmd = "trace-cmd"
    /// perf: what `perf script` prints, as ftrace text.
    case perf
  }

  /// The script for probes of the catalogue.
  package static func render(
    _ probes: [CatalogueProbe], title: String, as flavour: Flavour
  ) -> [UInt8] {
    render(probes.map(\.definitions), title: title, as: flavour)
  }

  /// The script for any probes: each with its definitions, the first that the kernel takes is added.
  package static func render(
    _ probes: [[ProbeDefinition]], title: String, as flavour: Flavour
  ) -> [UInt8] {
    let parts = [
      heading(title, flavour), arguments(flavour), tracefs, probing,
      list(probes), recording(flavour), main,
    ]
    return Array(parts.joined(separator: "\n").utf8)
  }

  /// The calls that add the probes, one each.
  private static func list(_ probes: [[ProbeDefinition]]) -> String {
    let calls = probes.map { definitions in
      "  probe " + definitions.map { quoted($0.unmarked.line) }.joined(separator: " \\\n    ")
    }
    return "add_probes() {\n\(calls.joined(separator: "\n"))\n  :\n}\n"
  }

  /// The text as one word of the shell.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
