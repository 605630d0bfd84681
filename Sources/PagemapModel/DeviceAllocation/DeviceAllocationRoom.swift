/// The device allocations that live.
package struct DeviceAllocationRoom: Sendable {
  private var table = ObjectTable<DeviceAllocation>()
  private var byMM = MemberIndex()

  // MARK: Looking

  /// How many live.
  var count: Int { table.count }
  /// A copy of the allocation at an address; nil where there is none.
  package subscript(address: UInt64) -> DeviceAllocation? { table[address] }

  /// Looks at an allocation where it stands; nil where there is none.
  @inline(__always)
  func look<Result>(at address: UInt64, _ body: (borrowing DeviceAllocation) -> Result) -> Result? {
    table.look(at: address, body)
  }

  /// The pagemap of an allocation; nil where it is not known.
  package func pagemap(of address: UInt64) -> UInt64? {
    table.look(at: address) { $0.pagemap } ?? nil
  }

  /// The zdd of an allocation; nil where it is not known.
  func zdd(of address: UInt64) -> UInt64? { table.look(at: address) { $0.zdd } ?? nil }

  /// Copies of the allocations that `isWanted` says so of, in the order in which their lives began.
  package func filter(_ isWanted: (borrowing DeviceAllocation) -> Bool) -> [DeviceAllocation] {
    table.filter(isWanted).sorted { $0.serial < $1.serial }
  }

  /// How many `isWanted` says so of.
  package func count(where isWanted: (borrowing DeviceAllocation) -> Bool) -> Int {
    table.count(where: isWanted)
  }

  /// The addresses, lowest first.
  var addresses: [UInt64] { table.addresses.sorted() }

  /// Whether an address space has any.
  func has(_ mm: UInt64) -> Bool { byMM.contains(mm) }

  // MARK: Lives

  /// A life begins, as `allocation` tells it.
  mutating func begin(_ allocation: DeviceAllocation) {
    table.insert(allocation, at: allocation.address)
  }

  /// A new allocation is offered at this address: what was given back there is another one.
  mutating func forgetEnd(of address: UInt64) { table.ended.forget(address) }

  /// How an allocation that was at this address was given back; nil where that is not known.
  package func end(of address: UInt64) -> RecentlyEnded.End? { table.ended[address] }

  /// The driver got it back. `serial` is used where the allocation is not known.
  mutating func giveBack(_ address: UInt64, _ note: EventNote, serial: UInt64) {
    let known = table.look(at: address) { (epoch: $0.epoch, serial: $0.serial) }
    table.ended.note(
      address,
      .init(note: note, epoch: known?.epoch ?? 1, serial: known?.serial ?? serial, detail: 0))
  }

  /// Takes an allocation off the books: its zdd ended, or the migration failed before there was one.
  /// Answers it as it is then, and whether it was the last one of its address space.
  mutating func end(_ address: UInt64) -> (allocation: DeviceAllocation, isLastOfMM: Bool)? {
    guard var allocation = table.remove(address) else { return nil }
    if !allocation.step(.detach) { allocation.recover(to: .detached) }
    let isLast = allocation.origin.mm.map { byMM.remove(address, from: $0) }
    return (allocation, isLast == true)
  }

  // MARK: What is learned

  /// Fills in what an event tells of it, where that is wanted.
  mutating func describe(_ address: UInt64, _ told: DeviceAllocation.Description, onlyNew: Bool) {
    _ = table.with(address) { allocation in
      if onlyNew, allocation.pagemap != nil { return }
      allocation.describe(pagemap: told.pagemap, serial: told.serial, size: told.size)
    }
  }

  /// The address space is known. Answers whether it was not.
  mutating func learnMM(_ mm: UInt64?, of address: UInt64) -> Bool {
    guard let mm, mm != 0 else { return false }
    let isNew = table.with(address) { allocation in
      guard allocation.origin.mm == nil else { return false }
      allocation.origin.mm = mm
      return true
    }
    if isNew == true { byMM.add(address, to: mm) }
    return isNew == true
  }

  /// The zdd that binds it is known.
  mutating func learnZdd(_ zdd: UInt64, of address: UInt64) {
    _ = table.with(address) { $0.zdd = zdd }
  }

  // MARK: Calls

  /// `drm_pagemap_migrate_to_devmem` begins to fill it.
  mutating func bind(
    _ address: UInt64, _ start: UInt64?, _ end: UInt64?, _ pid: Int32, _ time: UInt64
  ) {
    _ = table.with(address) { allocation in
      allocation.bind(start, end)
      allocation.touches.note(pid, time)
    }
  }

  /// `drm_pagemap_migrate_to_devmem` returned for this life. Answers it as it is now; nil where the life
  /// is over.
  mutating func migrated(_ call: OpenCall, _ result: Int64, _ note: EventNote) -> DeviceAllocation?
  {
    table.with(call.object) { allocation in
      guard allocation.serial == call.serial else { return nil }
      allocation.migrated(
        result, timesliceMs: call.timesliceMs, entry: call.note.time, note)
      return allocation
    } ?? nil
  }

  /// The migration failed, and no zdd end was seen: it may live on with the pages that raced.
  mutating func fail(_ address: UInt64) {
    _ = table.with(address) { if !$0.step(.fail) { $0.recover(to: .doubtful) } }
  }

  /// Its zdd's reference of the pagemap is counted from now on.
  mutating func counted(_ address: UInt64) { _ = table.with(address) { $0.isCounted = true } }

  /// A CPU fault works on it.
  mutating func beginFault(_ address: UInt64, _ pid: Int32, _ time: UInt64) {
    _ = table.with(address) { allocation in
      allocation.touches.note(pid, time)
      allocation.touches.lastDirection = .deviceToSystemByFault
    }
  }

  /// A CPU fault on it returned.
  mutating func endFault(_ address: UInt64, _ pid: Int32, _ time: UInt64) {
    _ = table.with(address) { allocation in
      allocation.touches.note(pid, time)
      allocation.touches.lastFault = (pid, time)
    }
  }

  /// An eviction works on it.
  mutating func beginEviction(_ address: UInt64, _ pid: Int32, _ time: UInt64) {
    _ = table.with(address) { allocation in
      allocation.touches.forgetOther(than: pid, from: time)
      allocation.touches.note(pid, time)
      allocation.touches.lastDirection = .deviceToSystemByEviction
    }
  }

  /// An eviction of it returned.
  mutating func endEviction(_ address: UInt64, _ pid: Int32, _ time: UInt64) {
    _ = table.with(address) { $0.touches.note(pid, time) }
  }

  /// An eviction of it failed without another call's doing.
  mutating func stick(_ address: UInt64, _ note: EventNote) {
    _ = table.with(address) { if $0.stuck == nil { $0.stuck = note } }
  }

  /// `exit_mmap` of an address space returned.
  mutating func exited(_ mm: UInt64, _ note: EventNote) {
    for address in byMM[mm] { _ = table.with(address) { $0.mmExited = note } }
  }

  // MARK: Folios

  /// A folio of 2^order pages is born in it. Answers its serial number, its zdd where that is known, and
  /// whether the zdd is counted.
  mutating func gainFolio(_ address: UInt64, order: UInt8)
    -> (serial: UInt64, zdd: UInt64?, isCounted: Bool)?
  {
    table.with(address) { allocation in
      allocation.gainFolio(order: order)
      return (allocation.serial, allocation.zdd, allocation.isCounted)
    }
  }

  /// A folio in this life ends.
  mutating func loseFolio(_ address: UInt64, life: UInt64, _ note: EventNote?) {
    _ = table.with(address) { if $0.serial == life { $0.loseFolio(note) } }
  }

  /// A folio in it was split.
  mutating func gainSplit(_ address: UInt64) { _ = table.with(address) { $0.folios.live += 1 } }

  /// A page of it was initialised or freed when it must not be.
  mutating func doubtFolios(_ address: UInt64) {
    _ = table.with(address) { $0.folios.areUnsure = true }
  }
}

extension DeviceAllocation {
  /// What an event tells of an allocation.
  struct Description {
    var pagemap: UInt64?
    var serial: UInt64?
    var size: UInt64?
  }
}
