import Foundation
import PagemapModel
import TestSupport
import Testing
import TraceIngest

@testable import PagemapAnalysis
@testable import PagemapRules

/// What may be asked of a replay, and what it answers to the impossible.
@Suite struct ReplayRequestTests {
  static let times: [(text: String, time: UInt64?)] = [
    ("19.051022", 19_051_022_999), ("19", 19_000_000_999), ("19.5", 19_500_000_999),
    ("19.0510221", 19_051_022_100), ("19.051022123", 19_051_022_123), ("+0.5", 600_000_000),
    ("+0", 100_000_000), ("0", 999), ("18446744073709551615", .max), ("18446744073.8", .max),
    ("+18446744073.709551615", .max), ("", nil), ("+", nil), ("-1", nil), ("1.", nil), (".5", nil),
    ("1.0000000001", nil), ("1e3", nil), ("1.2.3", nil), ("++1", nil), ("+-1", nil), ("1 ", nil),
    ("99999999999999999999", nil), ("１", nil),
  ]

  @Test(arguments: times.indices) func timesAreRead(_ index: Int) {
    let (text, time) = Self.times[index]
    let read = ReplayTime(text)
    #expect(read?.latest(from: 100_000_000, isNanoseconds: true) == time, "\(text)")
  }

  @Test func otherClocksHaveWholeUnits() {
    #expect(ReplayTime("5")?.latest(from: 100, isNanoseconds: false) == 5)
    #expect(ReplayTime("+5")?.latest(from: 100, isNanoseconds: false) == 105)
  }

  private func replay(_ bytes: [UInt8], _ request: ReplayRequest) throws -> ReplayState {
    let path = NSTemporaryDirectory() + "/pmtrace-replay-\(UUID().uuidString).dat"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Replayer.replay(TraceOpener.open(path: path), path: "t.dat", request: request)
  }

  private func story(_ change: (inout PagemapScenario) -> Void = { _ in }) -> [UInt8] {
    var kernel = PagemapScenario()
    change(&kernel)
    let gpu = kernel.bind("0000:03:00.0")
    let vm = kernel.vmCreate(gpu)
    let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 4)
    kernel.evict(allocation)
    kernel.vmClose(vm)
    return kernel.finish()
  }

  private func complaint(_ bytes: [UInt8], _ moment: ReplayRequest.Moment, object: UInt64? = nil)
    -> String?
  {
    var request = ReplayRequest()
    request.moment = moment
    request.object = object
    do {
      _ = try replay(bytes, request)
      return nil
    } catch ReplayFailure.request(let reason) {
      return reason
    } catch {
      return "\(error)"
    }
  }

  @Test func theImpossibleIsNamed() throws {
    let bytes = story()
    let late = try #require(ReplayTime("99"))
    let early = try #require(ReplayTime("5"))
    for time in [late, early] {
      let reason = try #require(complaint(bytes, .time(time)))
      #expect(reason.hasPrefix("the time lies outside the recording, which goes from 20.0000"))
    }
    #expect(complaint(bytes, .event(100_000))?.hasPrefix("there is no event 100000: ") == true)
    #expect(complaint(bytes, .finding(1)) == "the trace has no finding, none with the number 1")
    #expect(complaint(bytes, .end, object: 0xdead)?.contains("names 0xdead") == true)
  }

  @Test func aClockOfItsOwnWantsWholeUnits() throws {
    let bytes = story { $0.clock = "counter" }
    let fraction = try #require(ReplayTime("20.5"))
    #expect(complaint(bytes, .time(fraction))?.contains("does not count seconds") == true)
    let early = try #require(ReplayTime("5"))
    #expect(complaint(bytes, .time(early))?.contains("lies outside the recording") == true)
    let state = try replay(
      bytes,
      {
        var request = ReplayRequest()
        request.moment = .event(3)
        return request
      }())
    #expect(!state.isNanoseconds)
    let stamp = try #require(state.event?.moment.time)
    #expect(complaint(bytes, .time(try #require(ReplayTime("\(stamp)")))) == nil)
  }

  @Test func aTraceWithoutEventsHasNoMoment() throws {
    var kernel = PagemapScenario()
    kernel.window = 0..<0
    _ = kernel.bind("0000:03:00.0")
    let bytes = kernel.finish()
    #expect(complaint(bytes, .event(0)) == "the trace has no modelled event")
    #expect(complaint(bytes, .end) == nil)
  }

  /// Gaps are told where they are met, and kept in the state from there on.
  @Test func gapsAreShown() throws {
    var kernel = PagemapScenario()
    let gpu = kernel.bind("0000:03:00.0")
    let vm = kernel.vmCreate(gpu)
    kernel.loseEvents(count: 7)
    kernel.wait(milliseconds: 1)
    let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 4)
    kernel.evict(allocation)
    kernel.vmClose(vm)
    let path = NSTemporaryDirectory() + "/pmtrace-replay-\(UUID().uuidString).dat"
    try Data(kernel.finish()).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var request = ReplayRequest()
    request.follow = true
    var before: UInt64?
    var gaps: [LostEvents] = []
    var last: UInt64?
    let state = try Replayer.replay(
      TraceOpener.open(path: path), path: "t.dat", request: request,
      onPassage: { passage in
        switch passage {
        case .step(let step): last = step.event.sequence
        case .gap(let gap):
          gaps.append(gap)
          before = last
        }
        return true
      })
    #expect(gaps.map(\.count) == [7])
    #expect(state.gaps == gaps)
    request.moment = .event(try #require(before))
    #expect(
      try Replayer.replay(TraceOpener.open(path: path), path: "", request: request).gaps == [])
    request.moment = .event(try #require(before) + 1)
    let behind = try Replayer.replay(TraceOpener.open(path: path), path: "", request: request)
    #expect(behind.gaps == gaps)
  }

  /// A replay that nobody wants more of ends there.
  @Test func itMayBeCutShort() throws {
    let path = RepositoryFiles.url("fixtures/recordings/clean.dat").path
    var request = ReplayRequest()
    request.follow = true
    var count = 0
    let state = try Replayer.replay(
      TraceOpener.open(path: path), path: "", request: request,
      onPassage: { _ in
        count += 1
        return count < 10
      })
    #expect(count == 10)
    #expect(state.event?.sequence == 9)
  }
}
