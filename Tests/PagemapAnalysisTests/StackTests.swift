import Foundation
import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

/// Stacks that were recorded with the events, in findings.
@Suite struct StackTests {
  private static let recording = "d_madv_leak.stacks"

  private func analyze(_ bytes: [UInt8]) throws -> TraceAnalysis {
    let path = NSTemporaryDirectory() + "/pmtrace-stacks-\(UUID().uuidString).dat"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Analyzer.analyze(
      TraceOpener.open(path: path), path: "trace.dat", options: AnalysisOptions())
  }

  private func leak(_ bytes: [UInt8]) throws -> Finding {
    let analysis = try analyze(bytes)
    let leaks = analysis.findings.filter { $0.rule == RuleID(1) && $0.severity > .info }
    try #require(leaks.count == 1, "\(analysis.findings.map(\.title))")
    return leaks[0]
  }

  @Test func theLeakingCallerIsNamed() throws {
    let path = RepositoryFiles.url("fixtures/recordings/\(Self.recording).dat").path
    let analysis = try Analyzer.analyze(
      TraceOpener.open(path: path), path: "trace.dat", options: AnalysisOptions())
    let finding = try #require(analysis.findings.first { $0.rule == RuleID(1) })
    let ledger = try #require(finding.ledger)
    #expect(ledger.stack.contains { $0.hasPrefix("op_madvise+0x") }, "\(ledger.stack)")
    #expect(ledger.stack.last?.hasPrefix("entry_SYSCALL_64_after_hwframe+0x") == true)
    let shown = try #require(finding.evidence.first { $0.sequence == ledger.shownBy })
    #expect(shown.stack == ledger.stack)
    #expect(ledger.tasksThen.map(\.label) == ["scenario-128"])
    let put = finding.evidence.last { $0.event == "drm_pagemap_put" }
    #expect(put?.stack.first?.hasPrefix("drm_pagemap_put+0x") == true)
    #expect(put?.stack.contains { $0.hasPrefix("pmf_vm_destroy+0x") } == true)
    // No probe of the release has a trigger.
    #expect(finding.evidence.first?.stack == [])
  }

  @Test func withoutSymbolsTheAddressesStay() throws {
    var recorded = try RecordedEvents(Self.recording)
    let bare = try leak(recorded.without([], mark: .none))
    let stack = try #require(bare.ledger?.stack)
    #expect(stack.count == 6 && stack.allSatisfy { $0.hasPrefix("0xffffffff") }, "\(stack)")

    let caller = try #require(UInt64(stack[1].dropFirst(2), radix: 16))
    recorded.symbols = String(caller - 0x14, radix: 16) + " t leaker\t[gpu]\n"
    let named = try leak(recorded.without([], mark: .none))
    #expect(named.ledger?.stack[1] == "leaker+0x14")
    #expect(named.ledger?.stack[5] == stack[5])
  }

  @Test func verdictsDoNotDependOnStacks() throws {
    var recorded = try RecordedEvents(Self.recording)
    let places = recorded.events.indices.filter { isStack($0, recorded) }
    #expect(places.count > 10)
    let without = try leak(recorded.without(Set(places), mark: .none))
    #expect(without.ledger?.stack == [] && without.evidence.allSatisfy { $0.stack.isEmpty })

    let with = try leak(recorded.without([], mark: .none))
    #expect(without.title == with.title && without.isCertain == with.isCertain)
    #expect(without.evidence.map(\.detail) == with.evidence.map(\.detail))

    // Lengths that the records do not have, and frames of nobody.
    for place in places {
      for byte in 8..<12 { recorded.events[place].payload[byte] = 0xff }
    }
    let hostile = try leak(recorded.without([], mark: .none))
    #expect(hostile.ledger?.stack == [])
    #expect(hostile.evidence.map(\.detail) == with.evidence.map(\.detail))
  }

  /// A stack whose event is missing is not taken for that of the event before.
  @Test func stacksWithoutTheirEventAreLeftOut() throws {
    let recorded = try RecordedEvents(Self.recording)
    let with = try leak(recorded.without([], mark: .none))
    let shown = try #require(with.evidence.first { $0.sequence == with.ledger?.shownBy })
    let event = try #require(
      recorded.events.indices.first { place in
        recorded.events[place].timestamp == shown.moment.time && !isStack(place, recorded)
      })
    let without = try analyze(recorded.without([event], mark: .counted))
    for finding in without.findings {
      #expect(finding.ledger?.stack != with.ledger?.stack)
      #expect(finding.evidence.allSatisfy { $0.stack != shown.stack })
    }
  }

  private func isStack(_ place: Int, _ recorded: RecordedEvents) -> Bool {
    recorded.names[recorded.events[place].id] == "kernel_stack"
  }
}
