import Foundation
import Testing

/// A JSON report of one trace, as far as the live tests look at it; findings are kept whole.
struct LiveReport {
  /// The exit status of the run that gave it.
  var status: Int32
  var verdict: String
  /// The findings, each as JSON with sorted keys.
  var findings: [String]
  /// The rules and objects of the certain findings, `RULE KIND ADDRESS`.
  var certain: [String]
  /// Events read and lost, by CPU.
  var read: [UInt64]
  var lost: [UInt64]
  var isEndKnown: Bool
  /// From the first record to the last.
  var seconds: Double

  var totalRead: UInt64 { read.reduce(0, +) }
  var totalLost: UInt64 { lost.reduce(0, +) }

  init(_ data: Data, status: Int32) throws {
    let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    try self.init(document, status: status)
  }

  /// Reads a report's document.
  init(_ document: [String: Any], status: Int32) throws {
    self.status = status
    let trace = try #require((document["traces"] as? [[String: Any]])?.first)
    verdict = try #require(trace["verdict"] as? String)
    let list = try #require(trace["findings"] as? [[String: Any]])
    findings = try list.map {
      String(
        decoding: try JSONSerialization.data(withJSONObject: $0, options: [.sortedKeys]),
        as: UTF8.self)
    }
    certain = list.filter { $0["certain"] as? Bool == true }.map(Self.line)
    let completeness = try #require(trace["completeness"] as? [String: Any])
    isEndKnown = completeness["endKnown"] as? Bool ?? false
    let first = completeness["firstRecord"] as? Double ?? 0
    let last = completeness["lastRecord"] as? Double ?? 0
    seconds = (last - first) / 1e9
    let cpus = completeness["cpus"] as? [[String: Any]] ?? []
    read = cpus.map { $0["eventsRead"] as? UInt64 ?? 0 }
    lost = cpus.map { $0["eventsLost"] as? UInt64 ?? 0 }
  }

  /// A finding's rule and object.
  static func line(_ finding: [String: Any]) -> String {
    let object = finding["object"] as? [String: Any] ?? [:]
    return [finding["rule"], object["kind"], object["address"]]
      .map { $0 as? String ?? "?" }.joined(separator: " ")
  }
}

/// The lines of a stream in NDJSON.
struct LiveLines {
  var lines: [[String: Any]]

  /// Parses all lines, each of which has to be an object of the stream's schema.
  init(_ output: String) throws {
    lines = try output.split(separator: "\n").map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(value as? [String: Any], "\(line)")
    }
    for line in lines {
      #expect(line["schema"] as? String == "pmtrace.stream/1")
      #expect(line["type"] is String)
    }
  }

  var types: [String] { lines.map { $0["type"] as? String ?? "" } }

  /// The rules and objects of the findings that were printed while it ran.
  var found: [String] {
    lines.filter { $0["type"] as? String == "finding" }
      .map { LiveReport.line($0["finding"] as? [String: Any] ?? [:]) }
  }

  /// The report at the end.
  func report(status: Int32) throws -> LiveReport {
    let end = try #require(lines.last)
    #expect(end["type"] as? String == "end")
    return try LiveReport(try #require(end["report"] as? [String: Any]), status: status)
  }
}

/// What trace-cmd says of a file.
enum TraceCmd {
  /// How many events `trace-cmd report` prints.
  static func count(_ path: String) throws -> UInt64 {
    let run = try LiveRun("/usr/bin/trace-cmd", ["report", path])
    #expect(try run.end() == 0, "\(run.errors)")
    return UInt64(
      run.output.split(separator: "\n").count { line in
        !line.hasPrefix("cpus=") && !line.hasPrefix("version =") && !line.contains("EVENTS DROPPED")
          && !line.hasPrefix("CPU")
      })
  }

  /// The events that the kernel lost, by CPU: the overrun and the dropped ones of `report --stat`.
  static func lost(_ path: String) throws -> [UInt64] {
    let run = try LiveRun("/usr/bin/trace-cmd", ["report", "--stat", path])
    #expect(try run.end() == 0, "\(run.errors)")
    var lost: [UInt64] = []
    for line in run.output.split(separator: "\n") {
      if line.hasPrefix("CPU: ") { lost.append(0) }
      guard line.hasPrefix("overrun: ") || line.hasPrefix("dropped events: "),
        let value = line.split(separator: " ").last.flatMap({ UInt64($0) }), !lost.isEmpty
      else { continue }
      lost[lost.count - 1] += value
    }
    return lost
  }

  /// The pids of the events.
  static func pids(_ path: String) throws -> Set<Int32> {
    let run = try LiveRun("/usr/bin/trace-cmd", ["report", path])
    #expect(try run.end() == 0, "\(run.errors)")
    var pids: Set<Int32> = []
    for line in run.output.split(separator: "\n") {
      guard let bracket = line.range(of: " ["), !line.hasPrefix("cpus=") else { continue }
      let task = line[..<bracket.lowerBound].split(separator: "-").last?
        .trimmingCharacters(in: .whitespaces)
      if let pid = task.flatMap({ Int32($0) }) { pids.insert(pid) }
    }
    return pids
  }
}
