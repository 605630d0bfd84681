import Foundation
import PagemapEvents
import PagemapModel
import TestSupport
import Testing
import TraceIngest
import TraceWords

@testable import PagemapAnalysis
@testable import PagemapRules

/// Replays a recording of the repository.
private func replay(
  _ name: String, _ request: ReplayRequest,
  onPassage: @escaping (ReplayPassage) -> Bool = { _ in true }
) throws -> ReplayState {
  let path = RepositoryFiles.url("fixtures/recordings/\(name).dat").path
  return try Replayer.replay(
    TraceOpener.open(path: path), path: name, request: request, onPassage: onPassage)
}

private func request(_ moment: ReplayRequest.Moment, follow: Bool = false) -> ReplayRequest {
  var request = ReplayRequest()
  request.moment = moment
  request.follow = follow
  return request
}

/// All steps of a recording.
private func steps(of name: String, object: UInt64? = nil) throws -> [ReplayStep] {
  var wish = request(.end, follow: true)
  wish.object = object
  var steps: [ReplayStep] = []
  _ = try replay(name, wish) { passage in
    if case .step(let step) = passage { steps.append(step) }
    return true
  }
  return steps
}

/// Takes the whole state down behind every event: what steps and seeks are measured by.
private struct Photographer: RunWatcher {
  static var keepsLast: Bool { false }
  /// The state behind each event whose number `wanted` holds.
  var states: [UInt64: MirrorSnapshot] = [:]
  /// The full difference that each event made.
  var differences: [[MirrorDifference.Change]] = []
  var wanted: Set<UInt64> = []
  var previous: [ObjectSnapshot] = []

  mutating func willTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool {
    true
  }

  mutating func didTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool {
    guard wanted.isEmpty || wanted.contains(event.sequence) else { return true }
    var state = run.mirror.snapshot(names: run.decoder.names)
    if wanted.isEmpty {
      differences.append(run.changes(from: previous, to: state.objects))
      previous = state.objects
    } else {
      let tasks = run.reader.taskNames
      state.objects = state.objects.map { object in object.named { tasks[$0] } }
      states[event.sequence] = state
    }
    return true
  }

  mutating func willMiss(_ loss: LostEvents, at time: UInt64) -> Bool { true }

  static func run(on name: String, wanted: Set<UInt64> = []) throws -> Photographer {
    let path = RepositoryFiles.url("fixtures/recordings/\(name).dat").path
    var run = TraceRun(try TraceOpener.open(path: path), AnalysisOptions())
    run.recordEndings()
    var photographer = Photographer()
    photographer.wanted = wanted
    _ = try run.run(&photographer, nil)
    return photographer
  }
}

@Suite struct ReplayTests {
  static let recordings = [
    "clean", "clean.all", "d_leak_pagemap", "p2p", "evict", "fork", "cache_revive", "munmap",
    "two_tiles.portable-7.2", "exit_both", "d_extra_put", "unplug",
  ].filter(RecordedTruth.names.contains)

  /// What a step shows is all that the event changed: the difference between the whole states.
  /// Folios are no part of a whole state.
  @Test(arguments: recordings) func stepsShowEveryChange(name: String) throws {
    let expected = try Photographer.run(on: name).differences
    let steps = try steps(of: name)
    #expect(steps.count == expected.count)
    #expect(steps.map(\.event.sequence) == (0..<UInt64(steps.count)).map { $0 })
    for (step, all) in zip(steps, expected) {
      let changes = step.changes.filter { $0.kind != .folio }
      #expect(changes == all, "event \(step.event.sequence) \(step.event.event)")
    }
    #expect(steps.contains { $0.changes.count > 1 })
  }

  /// The state by seek is the one that a run to the end passes through, followed or not.
  @Test(arguments: recordings) func seekingIsFollowing(name: String) throws {
    let end = try replay(name, request(.end))
    let last = try #require(end.event?.sequence)
    let wanted = Set(stride(from: 0, to: last, by: max(1, Int(last) / 8)) + [last])
    let states = try Photographer.run(on: name, wanted: wanted).states
    for number in wanted.sorted() {
      var lastStep: ReplayStep?
      let seek = try replay(name, request(.event(number)))
      let follow = try replay(name, request(.event(number), follow: true)) { passage in
        if case .step(let step) = passage { lastStep = step }
        return true
      }
      #expect(seek.mirror == states[number], "event \(number)")
      #expect(seek.mirror == follow.mirror, "event \(number)")
      #expect(seek.event == follow.event)
      #expect(seek.event == lastStep?.event)
      #expect(seek.findings.count == follow.findings.count)
      #expect(!seek.isEnd)
    }
    #expect(end.isEnd)
  }

  /// A time as it is printed leads behind the last event that is printed so.
  @Test(arguments: ["clean", "p2p"]) func timesAreAsPrinted(name: String) throws {
    let steps = try steps(of: name)
    for step in steps.indices.filter({ $0 % 17 == 0 }).map({ steps[$0] }) {
      let time = try #require(ReplayTime(Format.seconds(step.event.moment.time)))
      let state = try replay(name, request(.time(time)))
      let micros = step.event.moment.time / 1000
      let last = steps.last { $0.event.moment.time / 1000 <= micros }
      #expect(state.event?.sequence == last?.event.sequence)
    }
  }

  @Test func timesMayCountFromTheStart() throws {
    let first = try #require(try replay("clean", request(.end)).firstRecord)
    let steps = try steps(of: "clean")
    let target = steps[steps.count / 2].event.moment.time
    let offset = target - first
    let digits = String(offset % 1_000_000_000)
    let text =
      "+\(offset / 1_000_000_000)." + String(repeating: "0", count: 9 - digits.count) + digits
    let state = try replay("clean", request(.time(try #require(ReplayTime(text)))))
    #expect(state.event?.moment.time == target)
    let start = try replay("clean", request(.time(try #require(ReplayTime("+0")))))
    #expect(start.event?.sequence ?? 0 == 0)
  }

  /// The finding is there behind its event and not behind the one before.
  @Test(arguments: ["d_extra_put", "d_double_migrate", "d_migrate_unplugged", "d_leak_pagemap"])
  func findingsAreMadeAtTheirEvent(name: String) throws {
    let state = try replay(name, request(.finding(1), follow: true))
    #expect(state.findings.count >= 1)
    let number = try #require(state.event?.sequence)
    if !state.isEnd {
      #expect(state.findings.count == 1)
      #expect(try replay(name, request(.event(number - 1))).findings.isEmpty)
      let evidence = state.findings[0].evidence.map(\.sequence)
      #expect(evidence.allSatisfy { $0 <= number })
    }
  }

  /// What is kept of an object is what following shows of it.
  @Test(arguments: ["p2p", "cache_revive"]) func aHistoryIsTheObjectsPart(name: String)
    throws
  {
    let all = try steps(of: name)
    var addresses: [ObjectSnapshot.Kind: [UInt64]] = [:]
    for change in all.flatMap(\.changes)
    where addresses[change.kind, default: []].count < 2 && !change.kind.isOfTasks {
      addresses[change.kind, default: []].append(change.address)
    }
    #expect(addresses.count >= 6)
    for address in Set(addresses.values.joined()) {
      var wish = request(.end)
      wish.object = address
      let history = try #require(try replay(name, wish).history)
      let expected = all.compactMap { step -> ReplayStep? in
        var part = step
        part.changes.removeAll { $0.address != address || $0.kind.isOfTasks }
        part.findings = []
        let word = "0x" + String(address, radix: 16)
        let isNamed = step.event.detail.plain.split(whereSeparator: { " =,{}".contains($0) })
          .contains { $0 == word }
        return isNamed || !part.changes.isEmpty ? part : nil
      }
      let shown = history.steps.filter { step in expected.contains { $0.event == step.event } }
      #expect(history.steps.count + Int(history.earlierSteps) >= expected.count)
      #expect(shown == Array(expected.suffix(shown.count)), "\(String(address, radix: 16))")
      #expect(shown.count == min(expected.count, ObjectHistory.stepLimit))
      let begun = expected.flatMap(\.changes).count { $0.manner == .appeared }
      #expect(history.lives.count + Int(history.earlierLives) == begun)
    }
  }

  @Test func aRevivedPagemapHasTwoLives() throws {
    let revived = try steps(of: "cache_revive").flatMap(\.changes).first {
      $0.kind == .pagemap && $0.epoch == 2
    }
    var wish = request(.end)
    wish.object = try #require(revived?.address)
    let history = try #require(try replay("cache_revive", wish).history)
    let lives = history.lives.filter { $0.kind == .pagemap }
    #expect(lives.map(\.epoch) == (1...UInt32(lives.count)).map { $0 })
    #expect(lives.dropLast().allSatisfy { $0.ended != nil })
  }

  @Test func residencyAddsUp() throws {
    for number in [UInt64(60), 200, 400] {
      var wish = request(.event(number))
      wish.range = 0..<UInt64.max
      let state = try replay("p2p", wish)
      let pages = state.mirror.residency.reduce(0) { $0 + $1.pages }
      #expect(pages == state.range?.parts.reduce(0) { $0 + ($1.pages ?? 0) })
      let counted = state.mirror[.deviceAllocation].reduce(Int64(0)) { sum, allocation in
        if case .count(let pages)? = allocation["pages"] { return sum + pages }
        return sum
      }
      #expect(Int64(pages) == counted)
    }
  }

  @Test func aRangeIsCutToWhatWasAskedFor() throws {
    var wish = request(.event(60))
    let whole = try #require(try replay("p2p", wish).mirror[.deviceAllocation].first)
    guard case .range(let start, let end)? = whole["range"], case .address(let mm)? = whole["mm"]
    else {
      Issue.record("no range")
      return
    }
    wish.range = start + 4096..<start + 8192
    wish.mm = mm
    let part = try #require(try replay("p2p", wish).range?.parts.first)
    #expect(part.start == start + 4096 && part.end == start + 8192)
    #expect(part.allocationStart == start && part.allocationEnd == end)
    wish.mm = mm + 1
    #expect(try replay("p2p", wish).range?.parts == [])
    wish.mm = nil
    wish.range = end..<end + 4096
    #expect(try replay("p2p", wish).range?.parts == [])
  }
}
