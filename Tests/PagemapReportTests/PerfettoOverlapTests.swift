import PagemapAnalysis
import PagemapEvents
import PagemapReport
import PagemapRules
import Testing

@testable import PagemapModel

/// Timelines that no recording has: built by calls that overlap or do not return.
@Suite struct PerfettoOverlapTests {
  private static func call(_ start: UInt64, _ end: UInt64, result: Int64 = 0) -> Activity {
    .call(
      CallActivity(
        direction: .systemToDevice, start: 19_000_000_000 + start, end: 19_000_000_000 + end,
        cpu: 3, pid: 7, sequence: start, result: result, pages: 2, device: nil, pagemap: 0,
        allocation: 0xff00, allocationSerial: 0, rangeStart: 0x1000, rangeEnd: 0x3000, mm: 0xff01))
  }

  private static func file(
    _ activities: [Activity], limits: TimelineRecorder.Limits = .init(), lastIsOpen: Bool = false
  ) throws -> PerfettoFile {
    var recorder = TimelineRecorder(limits: limits)
    for activity in activities { recorder.take([activity]) }
    let mirror = KernelMirror(probes: Samples.probes)
    var analysis = Samples.pass
    analysis.timeline = recorder.finish(mirror, end: 19_400_000_000, devices: .init()) { _ in "t" }
    if lastIsOpen, let last = analysis.timeline?.spans.indices.last {
      analysis.timeline?.spans[last].isOpen = true
    }
    let report = Report(traces: [analysis], rules: [])
    let bytes = PerfettoReporter.render(report, options: RenderOptions())
    let file = try #require(PerfettoFile(bytes))
    #expect(file.faults.isEmpty, "\(file.faults)")
    return file
  }

  @Test func callsThatOverlapLieSideBySide() throws {
    let file = try Self.file([
      Self.call(0, 100), Self.call(50, 60), Self.call(60, 60), Self.call(55, 200),
      Self.call(100, 300, result: -12),
    ])
    let calls = file.slices("migration")
    #expect(calls.count == 5)
    let tracks = Set(calls.map(\.track))
    #expect(tracks.count == 3)
    #expect(Set(tracks.map { file.path(of: $0) }) == ["unknown device / system-to-device t-7"])
    let failed = try #require(calls.first { $0.name == "system-to-device, failed: ENOMEM" })
    #expect(failed.notes.contains { $0 == ("result", "-12") })
    #expect(failed.notes.contains { $0 == ("errno", "ENOMEM") })
  }

  @Test func aCallThatDidNotReturnHasNoEnd() throws {
    let file = try Self.file([Self.call(0, 100), Self.call(200, 300)], lastIsOpen: true)
    let calls = file.slices("migration")
    #expect(calls.count == 2)
    #expect(file.events.count { $0.kind == .end && $0.track == calls[0].track } == 1)
    #expect(calls[1].notes.contains { $0.value.hasPrefix("it had not returned") })
  }

  @Test func mergedCallsSaySo() throws {
    var limits = TimelineRecorder.Limits()
    limits.spans = 64
    let calls = (0..<1000).map { Self.call($0 * 100, $0 * 100 + 10, result: $0 == 5 ? -12 : 0) }
    let file = try Self.file(calls, limits: limits)
    let merged = file.slices("migration")
    #expect(merged.count < 64)
    var sum = 0
    for call in merged {
      let count = call.notes.first { $0.name == "merged calls" }.flatMap { Int($0.value) }
      sum += count ?? 1
      if let count { #expect(call.name?.hasPrefix("\(count) merged: system-to-device") == true) }
    }
    #expect(sum == 1000)
    #expect(merged.contains { $0.name?.hasSuffix("1 failed: ENOMEM") == true })
    let moved = file.events.last {
      file.path(of: $0.track).hasSuffix("bytes moved system-to-device")
    }
    #expect(moved?.value == Int64(8_192_000))
  }
}
