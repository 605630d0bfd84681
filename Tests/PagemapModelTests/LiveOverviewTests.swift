import PagemapEvents
import Testing

@testable import PagemapModel

/// What is listed of a model that goes on.
@Suite struct LiveOverviewTests {
  private struct Told {
    var mirror: KernelMirror
    var now: UInt64 = 1000

    init() {
      var probes = ProbeInventory()
      probes.present = PagemapEvent.Kind.allCases.map {
        ProbeInventory.Probe(name: "\($0)", kind: $0, fields: [], count: 0)
      }
      mirror = KernelMirror(probes: probes)
    }

    mutating func tell(_ kind: PagemapEvent.Kind, _ fields: [PagemapEvent.Field: UInt64]) {
      var event = PagemapEvent()
      event.kind = kind
      event.timestamp = now
      event.sequence = now
      event.pid = 7
      for (field, value) in fields { event[field] = value }
      now += 10
      mirror.apply(event)
    }

    mutating func create(_ address: UInt64) {
      tell(.pagemapInit, [.dpagemap: address, .drm: 0x1000])
      tell(.pagemapInitReturn, [.dpagemap: address, .ref: 1, .result: 0])
    }

    mutating func destroy(_ address: UInt64) {
      tell(.pagemapPut, [.dpagemap: address, .ref: 1])
      tell(.pagemapRelease, [.dpagemap: address, .ref: 0])
      tell(.pagemapDestroy, [.dpagemap: address, .ref: 0, .isAtomic: 0])
    }

    func overview(_ limit: Int = 4) -> LiveOverview {
      mirror.liveOverview(names: Names(), limit: limit, bounds: [10, 1000])
    }
  }

  @Test func nothingIsKnownAtFirst() {
    let overview = Told().overview()
    #expect(overview.time == nil)
    #expect(overview.pagemaps == [])
    #expect(overview.furtherPagemaps == 0)
    #expect(overview.objects.allSatisfy { $0.count == 0 })
    #expect(overview.latencies.map(\.atMost) == Array(repeating: [0, 0], count: 4))
  }

  @Test func theNewestComeFirstAndTheRestIsCounted() {
    var told = Told()
    for number: UInt64 in 1...10 { told.create(number << 12) }
    let overview = told.overview()
    #expect(overview.pagemaps.map(\.address) == [10 << 12, 9 << 12, 8 << 12, 7 << 12])
    #expect(overview.furtherPagemaps == 6)
    #expect(overview.objects.first { $0.kind == .pagemap }?.count == 10)
    #expect(overview.pagemapCounts.created == 10)
    #expect(overview.devices.map(\.pagemaps) == [10])
    let ledger = overview.pagemaps.first?.ledger
    #expect(ledger?.references == 1 && ledger?.unattributed == 1)
  }

  @Test func theDestroyedAreNotListed() {
    var told = Told()
    for number: UInt64 in 1...6 { told.create(number << 12) }
    told.destroy(6 << 12)
    told.destroy(4 << 12)
    let overview = told.overview()
    #expect(overview.pagemaps.map(\.address) == [5 << 12, 3 << 12, 2 << 12, 1 << 12])
    #expect(overview.furtherPagemaps == 0)
  }

  @Test func aSecondLifeIsListedOnce() {
    var told = Told()
    told.create(1 << 12)
    told.create(2 << 12)
    told.destroy(1 << 12)
    told.create(1 << 12)
    // A third begins although the second was not seen to end.
    told.create(1 << 12)
    let overview = told.overview()
    #expect(overview.pagemaps.map(\.address) == [1 << 12, 2 << 12])
    #expect(overview.pagemaps.map(\.epoch) == [3, 1])
    #expect(told.overview(1).furtherPagemaps == 1)
  }

  /// However many have come and gone, only what lives is held, and the count stays true.
  @Test func theRosterDoesNotGrow() {
    var told = Told()
    for round: UInt64 in 0..<2000 {
      told.create(round << 12)
      if round >= 50 { told.destroy((round - 50) << 12) }
      #expect(told.mirror.pagemaps.lives.count <= 2 * 51 + 65)
    }
    #expect(told.mirror.pagemaps.liveCount == 50)
    #expect(told.overview(10).furtherPagemaps == 40)
    #expect(told.overview(100).pagemaps.count == 50)
  }

  @Test func ofManyPagemapsOnlySomeAreListed() {
    var told = Told()
    for number: UInt64 in 1...10_000 { told.create(number << 12) }
    let overview = told.overview(32)
    #expect(overview.pagemaps.count == 32 && overview.furtherPagemaps == 9968)
  }

  @Test func durationsAreSummedUp() {
    var told = Told()
    for step: UInt64 in [5, 500, 5000] {
      told.tell(.evictToRam, [.devmem: 0x5000, .dpagemap: 0x1000])
      told.now = told.now - 10 + step
      told.tell(.evictToRamReturn, [.devmem: 0x5000, .result: 0])
    }
    let latency = told.overview().latencies.first { $0.direction == .deviceToSystemByEviction }
    #expect(latency?.count == 3)
    #expect(latency?.total == 5505)
    #expect(latency?.atMost == [1, 2])
  }
}
