import PagemapEvents

/// The stacks that were recorded last, by the events they belong to.
///
/// Its size is fixed: stacks of events that sample or change a pagemap's count have a ring of their
/// own, so that those of frequent others do not push them out. What a finding rests on is kept for
/// good (`keep`). Without stacks in the trace it has no storage.
package struct StackStore: Sendable {
  /// Frames beyond this number are left out.
  package static let frameLimit = 24
  /// Stacks that are kept for findings at most.
  private static let keptLimit = 4096

  private var counting = StackRing(capacity: 1024)
  private var others = StackRing(capacity: 256)
  private var kept: [UInt64: [UInt64]] = [:]
  /// Events that were asked for before their stack came.
  private var wanted: Set<UInt64> = []
  /// Pagemaps whose count has just risen beyond what is explained, by the sampling event.
  private var risen: [(sequence: UInt64, pagemap: UInt64)] = []
  private static let risenLimit = 64

  package init() {}

  /// Takes in a stack. Answers the pagemap whose count the stack's event showed to have risen.
  mutating func add(_ stack: borrowing CallStack) -> UInt64? {
    let frames = stack.addresses.prefix(Self.frameLimit)
    if Self.samplesCount(stack.ownerKind) {
      counting.add(frames, of: stack.owner)
    } else {
      others.add(frames, of: stack.owner)
    }
    if !wanted.isEmpty, wanted.remove(stack.owner) != nil { kept[stack.owner] = Array(frames) }
    guard let place = risen.firstIndex(where: { $0.sequence == stack.owner }) else { return nil }
    return risen.remove(at: place).pagemap
  }

  /// Notes that an event showed the count of a pagemap to have risen: its stack may come next.
  mutating func expect(_ sequence: UInt64, of pagemap: UInt64) {
    if risen.count >= Self.risenLimit { risen.removeFirst(Self.risenLimit / 2) }
    risen.append((sequence, pagemap))
  }

  /// Keeps the stack of an event for good, even if it comes only after the event.
  package mutating func keep(_ sequence: UInt64) {
    guard kept[sequence] == nil, kept.count + wanted.count < Self.keptLimit else { return }
    if let frames = counting.frames(of: sequence) ?? others.frames(of: sequence) {
      kept[sequence] = frames
    } else {
      wanted.insert(sequence)
    }
  }

  /// Keeps a stack that is known from elsewhere.
  package mutating func keep(_ frames: [UInt64], of sequence: UInt64) {
    guard !frames.isEmpty, kept.count < Self.keptLimit else { return }
    kept[sequence] = frames
  }

  /// The return addresses of an event's stack, innermost first; nil where none is held.
  package func frames(of sequence: UInt64) -> [UInt64]? {
    kept[sequence] ?? counting.frames(of: sequence) ?? others.frames(of: sequence)
  }

  /// Whether an event of this kind samples or changes a pagemap's count.
  private static func samplesCount(_ kind: PagemapEvent.Kind) -> Bool {
    switch kind {
    case .pagemapInit, .pagemapInitReturn, .pagemapReinit, .pagemapReinitReturn, .pagemapPut,
      .pagemapPutReturn, .pagemapRelease, .pagemapDestroy, .populateMM, .populateMMReturn,
      .migrateToDevmem, .migrateToDevmemReturn, .evictToRam, .zddAlloc, .zddDestroy,
      .zddDestroyReturn, .getFromCache, .getFromCacheReturn, .getFromCacheIfActive,
      .getFromCacheIfActiveReturn, .cacheSetPagemap, .acquireOwner, .acquireOwnerReturn,
      .releaseOwner, .releaseOwnerReturn, .getPages, .getPagesReturn, .unmapPages, .freePages:
      true
    default: false
    }
  }
}

/// A fixed number of stacks, the oldest of which makes room for the next.
private struct StackRing: Sendable {
  private let capacity: Int
  private var owners: [UInt64] = []
  private var lengths: [UInt8] = []
  /// `StackStore.frameLimit` places a stack.
  private var frames: [UInt64] = []
  private var next = 0

  init(capacity: Int) { self.capacity = capacity }

  mutating func add(_ stack: ArraySlice<UInt64>, of owner: UInt64) {
    let count = min(stack.count, StackStore.frameLimit)
    if owners.count < capacity {
      owners.append(owner)
      lengths.append(UInt8(count))
      frames.append(contentsOf: repeatElement(0, count: StackStore.frameLimit))
    } else {
      owners[next] = owner
      lengths[next] = UInt8(count)
    }
    let start = next * StackStore.frameLimit
    for (place, address) in stack.prefix(count).enumerated() { frames[start + place] = address }
    next = (next + 1) % capacity
  }

  func frames(of owner: UInt64) -> [UInt64]? {
    guard let place = owners.firstIndex(of: owner) else { return nil }
    let start = place * StackStore.frameLimit
    return Array(frames[start..<start + Int(lengths[place])])
  }
}

/// The tasks that had to do with an object: the first few ids, each once.
package struct TaskList: Sendable {
  /// Tasks beyond this number are left out.
  package static let limit = 8
  private var count: UInt8 = 0
  private var pids = InlineArray<8, Int32>(repeating: 0)

  package init() {}

  /// Adds a task, unless it is in the list or the list is full.
  package mutating func insert(_ pid: Int32) {
    guard Int(count) < Self.limit else { return }
    for place in 0..<Int(count) where pids[place] == pid { return }
    pids[Int(count)] = pid
    count += 1
  }

  /// The ids, in the order they came.
  package var all: [Int32] { (0..<Int(count)).map { pids[$0] } }
}
