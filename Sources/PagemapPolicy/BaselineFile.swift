import FoundationEssentials
package import PagemapAnalysis
import PagemapRules

/// Reads a baseline that `pmtrace baseline write` wrote:
/// `Documentation/Schemas/pmtrace.baseline-1.schema.json`.
package enum BaselineFile {
  /// The version of the file's shape.
  package static let schema = "pmtrace.baseline/1"
  /// The largest file that is read, in bytes.
  package static let sizeLimit = 64 << 20

  /// Why a baseline cannot be used: one line.
  package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    package init(_ description: String) { self.description = description }

    package let description: String
  }

  private struct File: Decodable {
    var schema: String
    var findings: [Entry]
  }

  private struct Entry: Decodable {
    var fingerprint: String
    var rule: String
    var title: String
    var device: String?
    var object: String
    var task: String?
    var function: String
  }

  /// Reads a baseline.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - name: the file's name, for messages.
  /// - Throws: `Failure` where it is none.
  package static func read(_ bytes: [UInt8], name: String) throws(Failure) -> Baseline {
    let advice = "make one with 'pmtrace baseline write'"
    guard bytes.count <= sizeLimit else {
      throw Failure("\(name): the file is too large for a baseline; \(advice)")
    }
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: Data(bytes))
    } catch {
      throw Failure("\(name): \(words(error)); \(advice)")
    }
    guard file.schema == schema else {
      throw Failure(
        "\(name): schema is '\(file.schema.prefix(64))', this pmtrace reads '\(schema)'; \(advice)"
      )
    }
    var entries: [Baseline.Entry] = []
    for (place, entry) in file.findings.enumerated() {
      guard let fingerprint = Fingerprint(entry.fingerprint), let rule = RuleID(entry.rule) else {
        throw Failure(
          "\(name): findings[\(place)] has no valid fingerprint and rule; \(advice)")
      }
      entries.append(
        Baseline.Entry(
          fingerprint: fingerprint, rule: rule, title: entry.title, device: entry.device,
          object: entry.object, task: entry.task, function: entry.function))
    }
    return Baseline(entries)
  }

  /// What is wrong with a document, without the decoder's own many words.
  private static func words(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "not a JSON document" }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(path(context.codingPath)): there is no member '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(path(context.codingPath)): a value of another type was expected"
    case .dataCorrupted: return "not a JSON document"
    @unknown default: return "not a baseline"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    let parts = keys.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
    return keys.isEmpty ? "the top" : String(parts.joined().drop { $0 == "." })
  }
}
