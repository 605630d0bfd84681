import Foundation
import TestSupport
import Testing
import TraceIngest

/// A smaller text tells the same of its kept events, gaps and ends.
@Suite struct TextTrimTests {
  private static func event(
    _ cpu: Int, _ stamp: Int, _ name: String = "sched_switch", task: String = "task-7"
  ) -> String {
    "   \(task)   [00\(cpu)] d.h1.    \(stamp / 1_000_000).\(String(format: "%06d", stamp % 1_000_000)): "
      + "\(name): value=\(stamp)"
  }

  private static func text(_ lines: [String]) -> [UInt8] {
    Array(lines.joined(separator: "\n").utf8) + [0x0a]
  }

  private func expectSame(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let trimmed = try TrimmedTrace(bytes, keeping: [], names: ["kept"])
    let selection = EventSelection(ids: []) { $0 == "kept" ? 0 : nil }
    let before = try ReadTrace(bytes, selection: selection)
    let after = try ReadTrace(path: trimmed.path, selection: selection)
    #expect(after.records == before.records, sourceLocation: sourceLocation)
    #expect(
      after.ledger.withoutCounts == before.ledger.withoutCounts, sourceLocation: sourceLocation)
    #expect(after.ledger.firstTimestamp == before.ledger.firstTimestamp)
    #expect(after.ledger.lastTimestamp == before.ledger.lastTimestamp)
    for pid: Int32 in [7, 8, 9] where before.names[pid] != nil {
      #expect(after.names[pid] == before.names[pid], "\(pid)")
    }
    #expect(trimmed.summary.eventsRead == before.ledger.eventsRead)
  }

  @Test(arguments: 0..<12 as Range<UInt64>) func gapsAndTasksStay(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var lines = ["# tracer: nop", "#"]
    if seed % 3 == 0 { lines.append("# entries-in-buffer/entries-written: 300/500   #P:4") }
    for index in 0..<300 {
      let cpu = Int(random.next(upperBound: UInt64(4)))
      switch random.next(upperBound: UInt64(40)) {
      case 0: lines.append("CPU:\(cpu) [LOST 25 EVENTS]")
      case 1: lines.append("CPU:\(cpu) [LOST EVENTS]")
      case 2 where seed % 3 != 0: lines.append("##### CPU \(cpu) buffer started ####")
      default: break
      }
      let task = ["<...>-7", "seven-7", "eight-8", "<...>-9"].randomElement(using: &random) ?? ""
      let isKept = random.next(upperBound: UInt64(30)) == 0
      lines.append(Self.event(cpu, 1000 + index, isKept ? "kept" : "sched_switch", task: task))
      if index % 50 == 0 { lines.append(" => drm_pagemap_get+0x5/0x30") }
    }
    if seed % 2 == 0 { lines.append("CPU:1 [LOST 3 EVENTS]") }
    try expectSame(Self.text(lines))
  }

  @Test func onlyWhatIsNeededStays() throws {
    var lines = ["# tracer: nop"]
    for index in 0..<10_000 {
      lines.append(Self.event(0, index, index == 5000 ? "kept" : "sched_switch"))
      lines.append(" => somewhere+0x5/0x30")
    }
    let bytes = Self.text(lines)
    let trimmed = try TrimmedTrace(bytes, keeping: [], names: ["kept"])
    let kept = String(decoding: try trimmed.bytes, as: UTF8.self)
    #expect(
      kept.split(separator: "\n").map(String.init)
        == [lines[0], lines[1], lines[10_001], lines[10_002], lines[19_999]])
    #expect(trimmed.summary.eventsKept == 1)
    #expect(trimmed.summary.edgesKept == 2)
    try expectSame(bytes)
  }

  @Test func damageIsRefusedAndStays() throws {
    let good = Self.event(0, 10)
    let long = String(repeating: "x", count: 300_000)
    for bytes in [
      Self.text([good, "what is this", good]), Array("\(good)\nwhat is".utf8),
      Self.text([good, long, good]),
    ] {
      #expect(throws: TrimError.self) { try TrimmedTrace(bytes, keeping: []) }
      let salvaged = try TrimmedTrace(bytes, keeping: [], salvaging: true)
      #expect(try ReadTrace(path: salvaged.path).ledger.damage.count == 1)
    }
    let whole = Array("\(good)\n\(good)".utf8)
    #expect(try TrimmedTrace(whole, keeping: []).bytes == whole)
  }

  /// The header's number goes with the events, and what was missing stays missing.
  @Test(arguments: [(10, false), (12, true)])
  func theHeaderTellsWhatIsKept(held: Int, isCut: Bool) throws {
    let lines =
      ["# tracer: nop", "# entries-in-buffer/entries-written: \(held)/\(held + 5)   #P:1"]
      + (0..<10).map { Self.event(0, $0, $0 == 5 ? "kept" : "sched_switch") }
    let trimmed = try TrimmedTrace(Self.text(lines), keeping: [], names: ["kept"])
    let header = String(decoding: try trimmed.bytes, as: UTF8.self).split(separator: "\n")[1]
    #expect(header == "# entries-in-buffer/entries-written: \(isCut ? "5/10" : "3/8")   #P:1")
    #expect(try ReadTrace(path: trimmed.path).ledger.damage.isEmpty == !isCut)
  }
}
