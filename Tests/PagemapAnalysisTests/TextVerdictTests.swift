import Foundation
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

@testable import PagemapAnalysis

/// What a text is worth: other ways of printing the same events say the same, and what was taken away
/// from it, or cannot be read in it, is no pass and proves nothing.
@Suite struct TextVerdictTests {
  static let names = ["clean", "d_leak_pagemap", "kernel-clean", "kernel-d_leak_pagemap"]

  private static func lines(_ name: String) throws -> [String] {
    let url = RepositoryFiles.url("fixtures/text/\(name).txt")
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  private static func analysis(
    _ lines: [String], end: String = "\n", options: AnalysisOptions = AnalysisOptions()
  ) throws -> TraceAnalysis {
    let bytes = Array((lines.joined(separator: "\n") + end).utf8)
    var position = 0
    let reader = try TextTraceReader { buffer throws(IngestError) in
      let count = min(buffer.count, bytes.count - position)
      buffer.copyBytes(from: bytes[position..<position + count])
      position += count
      return count
    }
    return try Analyzer.analyze(reader, path: "text", options: options)
  }

  private static func outcome(_ analysis: TraceAnalysis) -> [String] {
    ["\(analysis.verdict) \(analysis.exitCode)"]
      + analysis.findings.map { "\($0.rule) \($0.isCertain) \($0.object.address)" }
      + analysis.rules.map { "\($0.rule) \($0.outcome)" }
  }

  // MARK: The same events, printed in other ways

  enum Way: CaseIterable {
    case difference, system, perf, byteOrderMark, noLastLineEnd, carriageReturns, markers

    func print(_ line: String, _ number: Int) -> String {
      let stamp = line.range(of: #"\] .*?[0-9]+\.[0-9]+: +"#, options: .regularExpression)
      switch self {
      case .byteOrderMark: return number == 0 ? "\u{FEFF}" + line : line
      case .noLastLineEnd: return line
      case .carriageReturns: return line + "\r"
      case .markers:
        guard number % 40 == 20, let stamp else { return line }
        return line + "\n" + line[..<stamp.upperBound] + "tracing_mark_write: one\ntwo: 2\nthree"
      default: break
      }
      guard let stamp else { return line }
      var text = line
      switch self {
      case .difference: text.insert(contentsOf: "(+\(number)) ", at: stamp.upperBound)
      case .system, .perf: text.insert(contentsOf: "drm_pagemap:", at: stamp.upperBound)
      default: break
      }
      if self == .perf, let pid = text.range(of: #"-[0-9]+ +\["#, options: .regularExpression) {
        text.replaceSubrange(pid.lowerBound..<text.index(after: pid.lowerBound), with: " ")
      }
      return text
    }
  }

  @Test(arguments: names, Way.allCases)
  func otherWaysOfPrintingSayTheSame(name: String, way: Way) throws {
    var lines = try Self.lines(name)
    // Markers are events that the header does not count here.
    if way == .markers { lines.removeAll { $0.hasPrefix("# entries") } }
    let expected = try Self.outcome(Self.analysis(lines))
    let printed = lines.enumerated().map { way.print($1, $0) }
    let found = try Self.analysis(printed, end: way == .noLastLineEnd ? "" : "\n")
    #expect(Self.outcome(found) == expected)
    #expect(found.ledger?.isIncomplete == false)
  }

  // MARK: What is missing

  enum Harm: CaseIterable {
    case lineGone, perCPU, swapped, hiddenPointers, decimalPointers

    func done(to lines: [String]) -> [String] {
      var lines = lines
      switch self {
      case .lineGone: lines.remove(at: lines.count / 2)
      case .perCPU:
        let isEvent = { (line: String) in line.contains("] ") }
        let cpu = { (line: String) in line.split(separator: "]")[0].suffix(3) }
        let events = lines.filter(isEvent)
        lines.removeAll(where: isEvent)
        lines += events.sorted { cpu($0) < cpu($1) }
      case .swapped: lines.swapAt(lines.count / 2, lines.count / 2 + 9)
      case .hiddenPointers:
        lines = lines.map {
          $0.replacing(/=0xff[0-9a-f]{14}/, with: "=(____ptrval____)")
        }
      case .decimalPointers: lines = lines.map { $0.replacing(/=0xff[0-9a-f]{14}/, with: "=#ff") }
      }
      return lines
    }
  }

  @Test(arguments: ["kernel-clean", "kernel-d_leak_pagemap"], Harm.allCases)
  func whatWasTakenAwayIsNoPass(name: String, harm: Harm) throws {
    let analysis = try Self.analysis(harm.done(to: Self.lines(name)))
    #expect(analysis.verdict == .inconclusive)
    #expect(analysis.findings.allSatisfy { !$0.isCertain })
    #expect(analysis.ledger?.isIncomplete == true)
  }

  /// A leak at an end that nobody told is no pass.
  @Test(arguments: ["d_leak_pagemap", "kernel-d_leak_pagemap"])
  func aLeakAtAnUntoldEndIsInconclusive(name: String) throws {
    let analysis = try Self.analysis(Self.lines(name))
    #expect(analysis.verdict == .inconclusive)
    #expect(analysis.reason.plain.contains("does not tell its end"))
  }

  /// What rests on an event that the text never shows is not certain.
  @Test(arguments: ["drm_gpusvm_init", "drm_gpusvm_unmap_pages", "drm_pagemap_init"])
  func whatNeedsAnUnseenEventIsNotCertain(function: String) throws {
    let lines = try Self.lines("kernel-clean").filter {
      !$0.contains(": \(function): ") && !$0.contains(": \(function)_ret: ")
        && !$0.hasPrefix("# entries")
    }
    let analysis = try Self.analysis(lines)
    #expect(analysis.findings.allSatisfy { !$0.isCertain })
  }
}
