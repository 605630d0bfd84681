import PagemapEvents
import Testing

@testable import PagemapModel

/// The references of a pagemap, event by event.
@Suite struct PagemapTests {
  private static let pagemap: UInt64 = 0xff10_0000_5000_0098
  private static let peer: UInt64 = 0xff10_0000_7000_0028
  private static let owner: UInt64 = 0xff10_0000_4000_0000
  private static let cache: UInt64 = 0xff10_0000_3000_0000
  private static let drm: UInt64 = 0xff10_0000_1000_0000

  /// A mirror that sees all that it wants.
  private struct Told {
    var mirror: KernelMirror
    var now: UInt64 = 1000
    var pid: Int32 = 7

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
      event.pid = pid
      for (field, value) in fields { event[field] = value }
      now += 10
      mirror.apply(event)
    }

    mutating func createVM() {
      tell(.acquireOwner, [.peer: peer, .peerPrivate: 1])
      tell(.acquireOwnerReturn, [.peer: peer, .owner: owner, .ownerRef: 1, .result: 0])
      tell(.cacheLockLookup, [.cache: cache])
      tell(.cacheLockLookupReturn, [.cache: cache, .result: 0])
      tell(.pagemapInit, [.dpagemap: pagemap, .drm: drm])
      tell(.pagemapInitReturn, [.dpagemap: pagemap, .ref: 1, .result: 0])
      tell(.acquireOwner, [.peer: pagemap + 0x40, .peerPrivate: 0])
      tell(
        .acquireOwnerReturn, [.peer: pagemap + 0x40, .owner: owner, .ownerRef: 2, .result: 0])
      tell(.cacheSetPagemap, [.cache: cache, .dpagemap: pagemap, .old: 0, .ref: 1])
      tell(.cacheUnlockLookup, [.cache: cache])
    }

    var known: Pagemap? { mirror.pagemaps[pagemap] }
  }

  @Test func aNewVMHoldsTheOnlyReference() throws {
    var told = Told()
    told.createVM()
    let known = try #require(told.known)
    #expect(known.references.slots.map(\.peer) == [Self.peer])
    #expect(known.references.explained == 1)
    #expect(known.references.unattributed == 0)
    #expect(known.home.owner == Self.owner)
    #expect(known.home.cache == Self.cache)
    #expect(told.mirror.owners.group(at: Self.owner)?.vmPeers == 1)
    #expect(told.mirror.owners.group(at: Self.owner)?.pagemapPeers == 1)
    #expect(told.mirror.owners.group(at: Self.owner)?.unknownPeers == 0)
  }

  @Test func aReferenceThatNobodyIsKnownToHoldHasALevel() throws {
    var told = Told()
    told.createVM()
    told.tell(.populateMM, [.dpagemap: Self.pagemap, .ref: 3])
    let known = try #require(told.known)
    #expect(known.references.unattributed == 2)
    #expect(known.references.levels.count == 2)
    #expect(known.references.levels.map(\.reached.time) == [told.now - 10, told.now - 10])
    told.tell(.populateMMReturn, [.dpagemap: Self.pagemap, .ref: 2, .result: 0])
    #expect(told.known?.references.levels.count == 1)
  }

  @Test func theEndOfAZddLeavesRoomForItsPut() throws {
    var told = Told()
    told.createVM()
    told.pid = 8
    told.tell(.zddDestroy, [.zdd: 0x99, .dpagemap: Self.pagemap, .ref: 2])
    told.pid = 7
    told.tell(.populateMM, [.dpagemap: Self.pagemap, .ref: 2])
    #expect(told.known?.references.sample?.slack == 1)
    #expect(told.known?.references.unattributed == 0)
    // The task that ended the zdd does something else: its put has long been done.
    told.pid = 8
    told.tell(.exitMmap, [.mm: 5])
    told.pid = 7
    told.tell(.populateMMReturn, [.dpagemap: Self.pagemap, .ref: 2, .result: 0])
    #expect(told.known?.references.sample?.slack == 0)
    #expect(told.known?.references.unattributed == 1)
  }

  @Test func aReinitBeginsANewLifeWithOneReference() throws {
    var told = Told()
    told.createVM()
    told.tell(.pagemapPut, [.dpagemap: Self.pagemap, .ref: 1])
    told.tell(.pagemapRelease, [.dpagemap: Self.pagemap, .ref: 0])
    told.tell(.shrinkerAdd, [.dpagemap: Self.pagemap, .cache: Self.cache])
    told.tell(.releaseOwner, [.peer: Self.peer, .owner: Self.owner, .ownerRef: 2])
    let first = try #require(told.known)
    #expect(first.state == .cached)
    told.tell(.pagemapReinit, [.dpagemap: Self.pagemap, .ref: 0, .drm: Self.drm])
    told.tell(.pagemapReinitReturn, [.dpagemap: Self.pagemap, .ref: 1, .result: 0])
    let second = try #require(told.known)
    #expect(second.state == .active)
    #expect(second.epoch == first.epoch + 1)
    #expect(second.serial != first.serial)
    #expect(!second.isAdopted)
    #expect(second.references.unattributed == 1)
  }

  @Test func aCountAboveZeroTellsOfARevivalThatWasNotRecorded() throws {
    var told = Told()
    told.createVM()
    told.tell(.pagemapPut, [.dpagemap: Self.pagemap, .ref: 1])
    told.tell(.pagemapRelease, [.dpagemap: Self.pagemap, .ref: 0])
    told.tell(.shrinkerAdd, [.dpagemap: Self.pagemap, .cache: Self.cache])
    told.tell(.populateMM, [.dpagemap: Self.pagemap, .ref: 1])
    #expect(told.mirror.news.observations.isEmpty)
    #expect(told.known?.state == .active)
    #expect(told.known?.isAdopted == true)
    #expect(told.known?.epoch == 2)
  }

  @Test func epochsOfAnAddressNeverComeTwice() {
    var table = Lives()
    var seen: Set<[UInt64]> = []
    for address in 0..<20_000 as Range<UInt64> {
      for _ in 0..<2 {
        #expect(seen.insert([address % 9000, UInt64(table.begin(address % 9000))]).inserted)
      }
    }
  }
}
