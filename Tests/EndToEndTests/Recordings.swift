import Foundation

/// The recordings of the repository, each with what a correct analysis finds in it.
enum Recordings {
  /// The folder `fixtures`.
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures")

  /// A finding of the ground truth, or of a report: what must agree.
  struct Expected: Hashable, Comparable, Decodable, CustomStringConvertible {
    var `class`: String
    var severity: String
    var certain: Bool
    var kind: String
    var address: String

    var description: String { "\(`class`) \(severity) \(certain) \(kind) \(address)" }

    static func < (one: Expected, other: Expected) -> Bool {
      one.description < other.description
    }
  }

  private struct Truth: Decodable { var expect: [Expected] }

  /// The names of the recordings in `fixtures/recordings`, without `.dat`.
  static let names: [String] = {
    let folder = fixtures.appending(path: "recordings")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".dat") }.map { String($0.dropLast(4)) }.sorted()
  }()

  /// The recording's path.
  static func path(_ name: String) -> String {
    fixtures.appending(path: "recordings/\(name).dat").path
  }

  /// What a correct analysis finds above info.
  static func truth(of name: String) throws -> [Expected] {
    let data = try Data(contentsOf: fixtures.appending(path: "recordings/\(name).json"))
    return try JSONDecoder().decode(Truth.self, from: data).expect.sorted()
  }
}

/// As much of a JSON report as the tests look at.
struct ReportJSON: Decodable {
  struct Trace: Decodable {
    struct Finding: Decodable {
      struct Object: Decodable {
        var kind: String
        var address: String
      }
      var rule: String
      var `class`: String
      var severity: String
      var certain: Bool
      var object: Object
    }
    struct Rule: Decodable {
      var id: String
      var outcome: String
    }
    var verdict: String
    var exitCode: Int32
    var findings: [Finding]
    var rules: [Rule]?

    /// The findings above info in the form of the ground truth.
    var aboveInfo: [Recordings.Expected] {
      findings.filter { $0.severity != "info" }.map {
        Recordings.Expected(
          class: $0.class, severity: $0.severity, certain: $0.certain, kind: $0.object.kind,
          address: $0.object.address)
      }.sorted()
    }
  }
  var verdict: String
  var exitCode: Int32
  var traces: [Trace]

  /// The report of a run with `--format json`.
  static func of(_ arguments: String..., input: [UInt8] = []) throws -> (ReportJSON, Int32) {
    let run = try Command.run(all: ["analyze", "--format", "json"] + arguments, input: input)
    return (try JSONDecoder().decode(ReportJSON.self, from: Data(run.output.utf8)), run.status)
  }
}
