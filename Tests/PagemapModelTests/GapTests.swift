import PagemapEvents
import TestSupport
import Testing

@testable import PagemapModel

@Suite struct GapTests {
  @Test func aGapTouchesWhatLiesInIt() {
    var gaps = GapList()
    gaps.add(from: 100, to: 200)
    #expect(gaps.lastEnd == 200)
    #expect(gaps.touch(from: 150, to: 160))
    #expect(gaps.touch(from: 50, to: 101))
    #expect(gaps.touch(from: 200, to: 300))
    // The record before the gap is still whole, and so is what ends with it.
    #expect(!gaps.touch(from: 50, to: 100))
    #expect(!gaps.touch(from: 201, to: 300))
  }

  @Test func aGapBecomesKnownAfterWhatItHides() {
    var mirror = KernelMirror(probes: ProbeInventory())
    #expect(mirror.recording.isIntact(from: 10, to: 20))
    mirror.noteGap(from: 15, to: 40)
    #expect(!mirror.recording.isIntact(from: 10, to: 20))
    #expect(mirror.recording.isIntact(from: 0, to: 15))
    #expect(!mirror.recording.isIntact(since: 30))
    #expect(mirror.recording.isIntact(since: 41))
  }

  @Test func aGapToTheEndLeavesOnlyWhatCameBefore() {
    var mirror = KernelMirror(probes: ProbeInventory())
    mirror.noteGap(from: 500, to: nil)
    #expect(mirror.recording.isIntact(from: 0, to: 500))
    #expect(!mirror.recording.isIntact(from: 0, to: 501))
    #expect(!mirror.recording.isIntact(since: .max))
  }

  @Test func aGapThatCanBeAnywhereTouchesEverything() {
    var mirror = KernelMirror(probes: ProbeInventory())
    mirror.noteGap(from: nil, to: nil)
    #expect(!mirror.recording.isIntact(from: 1, to: 2))
  }

  /// More gaps than are kept apart hide at least as much as each of them.
  @Test func manyGapsForgetNothing() {
    var gaps = GapList()
    var random = ScenarioGenerator(seed: 3)
    var all: [(UInt64, UInt64)] = []
    for _ in 0..<5000 {
      let start = random.next() % 1_000_000
      let gap = (start, start + random.next() % 50 + 1)
      all.append(gap)
      gaps.add(from: gap.0, to: gap.1)
    }
    #expect(all.allSatisfy { gaps.touch(from: $0.0 + 1, to: $0.1) })
    #expect(gaps.lastEnd == all.map(\.1).max())
  }
}
