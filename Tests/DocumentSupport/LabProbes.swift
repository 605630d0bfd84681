import PagemapProbes

/// The files of definitions in `fixtures/lab/probes`, which the lab's guests write to tracefs line by
/// line.
enum LabProbes {
  /// The sets that the lab records with: its kernels have no xe.
  private static let sets = ProbeSet.allCases.filter { $0 != .xe }

  /// The files, each with its path from the repository's root.
  static var files: [(path: String, text: String)] {
    sets.map { ("\(folder)/\($0.rawValue).defs", text(of: $0)) }
  }

  /// Where they are, from the repository's root.
  static let folder = "fixtures/lab/probes"

  private static func text(of set: ProbeSet) -> String {
    let definitions = ProbeCatalogue.list(of: set)
    let remarks = [
      "SPDX-License-Identifier: Apache-2.0",
      "Made from Sources/PagemapProbes by 'make docs'; do not edit.",
      "\(set.rawValue): \(ProbePage.meaning(of: set).filter { $0 != "`" }).",
      "Kernel \(isPortable(definitions) ? "7.2" : "7.3") and later.",
    ]
    let instructions = definitions.filter { $0.form == .instruction }.map {
      "\($0.event) is an instruction of \($0.form.kernels); other builds refuse that one line."
    }
    let usage = "One dynamic event a line, as tracefs takes it; comments are not written."
    let comments = (remarks + instructions + [usage]).map { "# " + $0 }
    return (comments + definitions.map(\.line)).joined(separator: "\n") + "\n"
  }

  private static func isPortable(_ definitions: [ProbeDefinition]) -> Bool {
    !definitions.contains { $0.form == .typecasts }
  }
}
