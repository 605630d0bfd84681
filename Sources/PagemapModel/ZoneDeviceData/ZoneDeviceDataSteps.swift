import PagemapEvents

/// zdds: drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  static let zddSteps: [StepRow] = [
    .on(.zddAlloc) { $0.zddAlloc($1) },
    .on(.zddDestroy) { $0.zddDestroy($1) },
  ]

  /// `drm_pagemap_zdd_alloc`, where the compiler has left it a function.
  private mutating func zddAlloc(_ event: borrowing PagemapEvent) {
    guard let zdd = event.zdd, zdd != 0, let address = event.devmem else { return }
    zdds.forgetEnd(of: zdd)
    name(zdd, of: address, EventNote(event, .zdd, .devmem))
  }

  /// Notes which allocation a zdd binds.
  mutating func name(_ zdd: UInt64, of address: UInt64, _ note: EventNote) {
    allocations.learnZdd(zdd, of: address)
    if zdds.contains(zdd) { return zdds.learnAllocation(address, of: zdd) }
    meet(zdd, of: address, pgmap: nil, references: nil, note)
  }

  /// A zdd is named for the first time.
  private mutating func meet(
    _ zdd: UInt64, of address: UInt64?, pgmap: UInt64?, references: Int64?, _ note: EventNote
  ) {
    var data = ZoneDeviceData(
      allocation: address, pgmap: pgmap, first: note, references: references, last: note,
      epoch: lives.begin(zdd), serial: lives.takeSerial())
    if note.kind != .zddAlloc { data.recover(to: .bound) }
    zdds.begin(data, at: zdd)
  }

  /// `drm_pagemap_zdd_destroy`: the zdd's last reference went, and with it the allocation's use and
  /// one reference of the pagemap. The inlined put behind it is no event of its own.
  private mutating func zddDestroy(_ event: borrowing PagemapEvent) {
    let note = EventNote(event, .zdd, .devmem, .dpagemap, .ref)
    let key = TaskKey(event)
    tasks.zddEnded(of: event.devmem, by: key)
    let address = event.devmem ?? event.zdd.flatMap { zdds.allocation(of: $0) }
    let before = event.dpagemap.map { pagemaps.deficit(of: $0) } ?? 0
    let allocation = address.flatMap { allocations[$0] }
    noteZddEnd(event, note)
    if let allocation {
      news.observe(.allocationEnded(allocation, note))
      drop(allocation.address, isDetached: true)
    }
    if let zdd = event.zdd { endZdd(zdd) }
    guard let pagemap = event.dpagemap ?? allocation?.pagemap, pagemap != 0 else { return }
    adoptPagemap(pagemap, note)
    guard checkUse(pagemap, note, event.ref) else { return }
    guard let ref = event.ref else { return put(pagemap, leaving: nil, note, before: before) }
    pagemaps.noteZddEnd(pagemap, note)
    put(pagemap, leaving: ref &- 1, note, before: before)
    pagemaps.expectPut(pagemap, by: key, since: event.timestamp)
  }

  /// A zdd ends, if there is one.
  mutating func endZdd(_ address: UInt64) {
    guard let zdd = zdds.end(address) else { return }
    news.tellEnd(of: zdd, .zdd, address, epoch: zdd.epoch)
  }

  /// Learns from a freed folio which zdd it had, and that it gave its reference back. Answers the
  /// allocation, where it is known.
  mutating func putZdd(_ zdd: UInt64, of owner: UInt64?, _ event: borrowing PagemapEvent) -> UInt64?
  {
    let note = EventNote(event, .folio, .zdd, .zddRef)
    let count = event.zddRef
    guard let known = zdds.put(zdd, count: count, of: owner, note) else {
      meet(zdd, of: owner, pgmap: event.pgmap, references: count.map { $0 &- 1 }, note)
      if let owner { allocations.learnZdd(zdd, of: owner) }
      return owner
    }
    if known.isLearned, let owner { allocations.learnZdd(zdd, of: owner) }
    return known.allocation
  }

  // MARK: Ends, and what follows them

  /// Keeps the end of a zdd: what still names it behind that is late, until a migration begins.
  private mutating func noteZddEnd(_ event: borrowing PagemapEvent, _ note: EventNote) {
    guard let address = event.zdd, address != 0 else { return }
    let zdd = zdds[address]
    let end = RecentlyEnded.End(
      note: note, epoch: zdd?.epoch ?? 1, serial: zdd?.serial ?? lives.takeSerial(),
      detail: zdds.migrationsEntered)
    // A migration that another task is in may get this address for its zdd.
    let isTaken = tasks.areOthers(
      than: TaskKey(event), in: { $0.kind == .migrateToDevmem || $0.kind == .populateMM })
    if isTaken { zdds.forgetEnd(of: address) } else { zdds.noteEnd(of: address, end) }
  }

  /// A freed folio names its zdd: where a migration began since the end of one at that address, it is
  /// another one.
  mutating func forgetEarlierEnd(of address: UInt64) {
    guard zdds.hasEnds, let end = zdds.end(of: address), end.detail != zdds.migrationsEntered
    else { return }
    zdds.forgetEnd(of: address)
  }

  /// A freed folio names its zdd, ahead of the rules' looks. The folios of a zdd are freed one after
  /// another, so one that is found to be of its folio's own pagemap is remembered.
  mutating func meetZdd(_ event: borrowing PagemapEvent) {
    guard let address = event.zdd, let pgmap = event.pgmap, !zdds.isRight(address, of: pgmap),
      let bound = zdds.allocation(of: address), pgmap == self.pgmap(ofAllocation: bound, address)
    else { return }
    zdds.noteRight(address, of: pgmap)
  }

  /// The device memory of an allocation that a zdd binds; nil where it is not known.
  private func pgmap(ofAllocation owner: UInt64, _ zdd: UInt64) -> UInt64? {
    let pagemap = allocations.look(at: owner) { $0.zdd == zdd ? $0.pagemap : nil } ?? nil
    return pagemap.flatMap { pagemaps.pgmap(of: $0) }
  }
}
