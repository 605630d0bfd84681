import FoundationEssentials
import PagemapModel

/// Reads a report that `pmtrace analyze --format json` wrote, as far as two runs are compared by it.
package enum SavedReport {
  /// The shape that is read, which is the one that reports are written in.
  package static let schema = "pmtrace.report/1"

  /// The largest report that is read, in bytes.
  package static let sizeLimit = 256 << 20

  /// Why a report cannot be used: one line.
  package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// Whether a file begins as a saved report does, and not as a trace.
  package static func looksLikeOne(_ start: [UInt8]) -> Bool {
    start.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) } == UInt8(ascii: "{")
  }

  /// The digests of the report's traces.
  ///
  /// - Parameters:
  ///   - bytes: the report.
  ///   - name: its file's name, for messages.
  /// - Throws: `Failure` where it is no report of a version that this tool reads.
  package static func read(_ bytes: [UInt8], name: String) throws(Failure) -> [RunDigest] {
    guard bytes.count <= sizeLimit else {
      throw Failure(
        description: "\(name): more than \(sizeLimit >> 20) MiB are too much for a report")
    }
    let advice = "expected what 'pmtrace analyze --format json' writes"
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(bytes))
    } catch {
      throw Failure(description: "\(name): not a report: \(words(error)); \(advice)")
    }
    guard document.schema == schema else {
      throw Failure(
        description: "\(name): schema is '\(document.schema.prefix(64))', \(advice)")
    }
    return document.traces.map(RunDigest.init)
  }

  private static func words(_ error: any Error) -> String {
    guard case .keyNotFound(let key, _)? = error as? DecodingError else {
      if case .typeMismatch(_, let context)? = error as? DecodingError {
        return "'\(context.codingPath.last?.stringValue ?? "the top")' has another type"
      }
      return "no JSON document"
    }
    return "there is no member '\(key.stringValue)'"
  }

  // MARK: The document

  struct Document: Decodable {
    var schema: String
    var traces: [Trace]
  }

  struct Trace: Decodable {
    var path: String
    var verdict: String
    var exitCode: Int32
    var findings: [Finding]
    var completeness: Completeness?
    var summary: Summary?
  }

  struct Finding: Decodable {
    /// Where objects are.
    struct Object: Decodable { var device: String? }
    /// Only whether there is one matters.
    struct Acceptance: Decodable {}
    var fingerprint: String?
    var rule: String
    var severity: String
    var certain: Bool
    var title: String
    var object: Object
    var acceptance: Acceptance?
  }

  struct Completeness: Decodable {
    struct Clock: Decodable { var nanoseconds: Bool }
    var complete: Bool
    var clock: Clock?
  }

  struct Summary: Decodable {
    var migrations: [Migration]
    var cost: Cost
    var pagemaps: Pagemaps
  }

  struct Migration: Decodable {
    var direction: String
    var calls: Calls
    var bytes: UInt64
  }

  struct Calls: Decodable {
    struct Failure: Decodable { var count: UInt64 }
    struct Bucket: Decodable {
      var upTo: UInt64?
      var count: UInt64
    }
    var count: UInt64
    var failures: [Failure]
    var p50: UInt64?
    var p99: UInt64?
    var longest: UInt64?
    var distribution: [Bucket]?
  }

  struct Cost: Decodable {
    struct Step: Decodable {}
    var memory: [Step]?
    var peakBytes: UInt64
    var bytesAtEnd: UInt64
    var byteSeconds: Double?
    var creation: UInt64
    var creations: UInt64
    var teardown: UInt64
    var teardowns: UInt64
  }

  struct Pagemaps: Decodable {
    var created: UInt64
    var revived: UInt64
  }
}

extension RunDigest {
  /// The same of a trace in a saved JSON report.
  init(_ trace: SavedReport.Trace) {
    path = trace.path
    verdict = trace.verdict
    exitCode = trace.exitCode
    isComplete = trace.completeness?.complete ?? false
    isNanoseconds = trace.completeness?.clock?.nanoseconds ?? true
    findings = trace.findings.filter { $0.severity != "info" }.map { finding in
      FoundDigest(
        fingerprint: finding.fingerprint
          ?? [finding.rule, finding.object.device ?? "", finding.title].joined(separator: "/"),
        rule: finding.rule, severity: finding.severity,
        isCertain: finding.certain, title: finding.title, device: finding.object.device,
        isAccepted: finding.acceptance != nil)
    }
    guard let summary = trace.summary else { return }
    calls = summary.migrations.map {
      CallDigest(name: $0.direction, $0.calls, bytes: $0.bytes)
    }
    let cost = summary.cost
    self.cost = amounts(
      peakBytes: cost.memory == nil ? nil : cost.peakBytes,
      bytesAtEnd: cost.memory == nil ? nil : cost.bytesAtEnd,
      byteSeconds: cost.memory == nil || !isNanoseconds ? nil : cost.byteSeconds,
      created: summary.pagemaps.created, revived: summary.pagemaps.revived,
      creation: (cost.creation, cost.creations), teardown: (cost.teardown, cost.teardowns))
  }
}

extension RunDigest.CallDigest {
  init(name: String, _ calls: SavedReport.Calls, bytes: UInt64?) {
    self.init(
      name: name, count: calls.count, failures: calls.failures.reduce(0) { $0 &+ $1.count },
      bytes: bytes, p50: calls.p50, p99: calls.p99, longest: calls.longest,
      distribution: (calls.distribution ?? []).map { .init(upTo: $0.upTo, count: $0.count) })
  }
}
