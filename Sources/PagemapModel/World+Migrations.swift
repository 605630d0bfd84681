import PagemapEvents

/// Device allocations, zdds and migrations: drivers/gpu/drm/drm_pagemap.c.
extension World {
  /// Takes in an event about an allocation or a migration. Answers false where it is none.
  mutating func applyToMigrations(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .devmemInit: offerAllocation(event)
    case .devmemRelease: giveBack(event)
    case .populateMM: populate(event)
    case .populateMMReturn: populated(event)
    case .migrateToDevmem: migrateToDevice(event)
    case .migrateToDevmemReturn: migratedToDevice(event)
    case .zddAlloc: allocateZdd(event)
    case .zddDestroy: destroyZdd(event)
    case .migrateToRam: fault(event)
    case .migrateToRamReturn: faulted(event)
    case .migrateToRamWindowReturn: statistics.faultWindowReturned(event)
    case .evictToRam: evict(event)
    case .evictToRamReturn: evicted(event)
    case .migrateVmaPagesReturn, .migrateDevicePagesReturn: moved(event)
    default: return false
    }
    return true
  }

  // MARK: Allocations

  /// `drm_pagemap_devmem_init`: the driver offers an allocation for one migration.
  private mutating func offerAllocation(_ event: borrowing PagemapEvent) {
    // A migration follows, even if its entry goes unrecorded.
    migrationsEntered &+= 1
    guard let address = event.devmem, address != 0 else { return }
    let note = EventNote(event, .devmem, .dpagemap, .mm, .size)
    if let pagemap = event.dpagemap, pagemap != 0 {
      adoptPagemap(pagemap, note)
      _ = checkUse(pagemap, note, nil)
      if let device = event.device, pagemaps[pagemap]?.device == nil {
        pagemaps[pagemap]?.device = device
      }
    }
    if let old = allocations[address] { drop(old) }
    endedAllocations.forget(address)
    var allocation = DeviceAllocation(
      address: address, epoch: epochs.begin(address), serial: takeSerial(), state: .offered,
      created: note)
    describe(&allocation, event)
    add(allocation)
  }

  private mutating func describe(
    _ allocation: inout DeviceAllocation, _ event: borrowing PagemapEvent
  ) {
    if let pagemap = event.dpagemap, pagemap != 0 {
      allocation.pagemap = pagemap
      allocation.pagemapSerial = pagemaps.withValue(of: pagemap) { $0.serial }
    }
    if let size = event.size, size != 0 { allocation.size = size }
  }

  private mutating func add(_ allocation: DeviceAllocation) {
    allocations[allocation.address] = allocation
    guard let mm = allocation.mm else { return }
    allocationsOfMM.add(allocation.address, to: mm)
  }

  private mutating func setMM(_ mm: UInt64?, of allocation: inout DeviceAllocation) {
    guard let mm, mm != 0, allocation.mm == nil else { return }
    allocation.mm = mm
    exitedMMs[mm] = nil
    allocationsOfMM.add(allocation.address, to: mm)
  }

  /// An allocation that is older than the recording.
  private mutating func adoptAllocation(_ address: UInt64, _ note: EventNote) -> DeviceAllocation {
    var allocation = DeviceAllocation(
      address: address, epoch: epochs.begin(address), serial: takeSerial(), state: .bound,
      created: note)
    allocation.isAdopted = true
    return allocation
  }

  /// Takes an allocation off the books.
  private mutating func drop(_ allocation: DeviceAllocation) {
    if allocation.isCounted, let pagemap = allocation.pagemap,
      let serial = allocation.pagemapSerial
    {
      pagemaps.withValue(of: pagemap) { if $0.serial == serial { $0.zdds -= 1 } }
    }
    if let mm = allocation.mm, allocationsOfMM.remove(allocation.address, from: mm) {
      heirs[mm] = nil
    }
    if let zdd = allocation.zdd,
      zdds.withValue(of: zdd, { $0.allocation }) == allocation.address
    {
      zdds[zdd] = nil
    }
    allocations[allocation.address] = nil
  }

  /// Counts the reference that the allocation's zdd holds of the pagemap, once it surely does.
  mutating func countZdd(of allocation: inout DeviceAllocation) {
    guard countsZdds, !allocation.isCounted, let pagemap = allocation.pagemap else { return }
    let serial = allocation.pagemapSerial
    let isCounted = pagemaps.withValue(of: pagemap) { pagemap in
      guard pagemap.serial == serial, pagemap.state == .active else { return false }
      pagemap.zdds += 1
      return true
    }
    allocation.isCounted = isCounted == true
  }

  // MARK: zdds

  private mutating func allocateZdd(_ event: borrowing PagemapEvent) {
    guard let zdd = event.zdd, zdd != 0, let address = event.devmem else { return }
    endedZdds.forget(zdd)
    name(zdd, of: address, EventNote(event, .zdd, .devmem))
  }

  /// Notes which allocation a zdd binds.
  mutating func name(_ zdd: UInt64, of address: UInt64, _ note: EventNote) {
    allocations[address]?.zdd = zdd
    if zdds[zdd] == nil {
      zdds[zdd] = ZoneDeviceData(
        allocation: address, pgmap: nil, first: note, references: nil, last: note,
        epoch: epochs.begin(zdd), serial: takeSerial())
    } else {
      zdds[zdd]?.allocation = address
    }
  }

  /// `drm_pagemap_zdd_destroy`: the zdd's last reference went, and with it the allocation's use and
  /// one reference of the pagemap. The inlined put behind it is no event of its own.
  private mutating func destroyZdd(_ event: borrowing PagemapEvent) {
    recordsZddEnd = true
    let note = EventNote(event, .zdd, .devmem, .dpagemap, .ref)
    let devmem = event.devmem
    tasks.withValue(of: task(of: event)) { state in
      for call in state.calls.indices where state.calls[call].object == devmem {
        state.calls[call].zddEnded = true
      }
    }
    var address = event.devmem
    if let zdd = event.zdd { address = address ?? zdds[zdd]?.allocation }
    let before = event.dpagemap.map { deficit(ofPagemapAt: $0) } ?? 0
    let owner = address.flatMap { allocations[$0]?.pagemap }
    noteZddEnd(event, note, of: address.flatMap { allocations[$0] })
    if let address, let allocation = allocations[address] {
      observations.append(.allocationEnded(allocation, note))
      drop(allocation)
    }
    if let zdd = event.zdd { zdds[zdd] = nil }
    guard let pagemap = event.dpagemap ?? owner, pagemap != 0 else { return }
    adoptPagemap(pagemap, note)
    guard checkUse(pagemap, note, event.ref) else { return }
    guard let ref = event.ref else {
      pagemaps[pagemap]?.sample = nil
      return
    }
    pagemaps.withValue(of: pagemap) { $0.lastZddEnd = note }
    takeReference(from: pagemap, leaving: ref - 1, note, deficitBefore: before)
    zddPuts.append((pagemap: pagemap, task: task(of: event)))
    let put = Pagemap.ZddPut(task: task(of: event), time: event.timestamp)
    pagemaps.withValue(of: pagemap) { $0.zddPuts.append(put) }
  }

  /// A task that does something else has long put the pagemap of the zdd that it ended.
  mutating func settleZddPuts(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    while let place = zddPuts.firstIndex(where: { $0.task == key }) {
      let address = zddPuts[place].pagemap
      pagemaps.withValue(of: address) { $0.zddPuts.removeAll { $0.task == key } }
      zddPuts.remove(at: place)
    }
    guard zddPuts.count > 64 else { return }
    for put in zddPuts.prefix(32) {
      pagemaps[put.pagemap]?.zddPuts.removeAll { $0.task == put.task }
    }
    zddPuts.removeFirst(32)
  }

  // MARK: To the device

  private mutating func populate(_ event: borrowing PagemapEvent) {
    guard let pagemap = event.dpagemap, pagemap != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref, .start, .end)
    checkLookupLeft(event)
    notePopulate(event)
    adoptPagemap(pagemap, note)
    var call = OpenCall(kind: event.kind, note: note, object: pagemap)
    call.unplugged = isUnplugged(pagemap)
    enter(call, event)
    if checkUse(pagemap, note, event.ref) { samplePagemap(event) }
  }

  private mutating func populated(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .populateMM)
    samplePagemap(event)
  }

  private mutating func isUnplugged(_ pagemap: UInt64) -> Bool {
    guard let drm = pagemaps.withValue(of: pagemap, { $0.drm }) ?? nil else { return false }
    return devices[drm]?.unplugged != nil
  }

  private mutating func migrateToDevice(_ event: borrowing PagemapEvent) {
    migrationsEntered &+= 1
    guard let address = event.devmem, address != 0 else { return }
    let note = EventNote(event, .devmem, .dpagemap, .start, .end)
    checkNotifier(event, note)
    if let pagemap = event.dpagemap, pagemap != 0 {
      adoptPagemap(pagemap, note)
      if checkUse(pagemap, note, event.ref) { samplePagemap(event) }
    }
    var allocation = allocations[address] ?? adoptAllocation(address, note)
    describe(&allocation, event)
    allocation.state = .bound
    allocation.start = event.start
    allocation.end = event.end
    setMM(event.mm, of: &allocation)
    allocation.touch(event.pid, event.timestamp)
    allocations[address] = allocation

    var call = OpenCall(kind: event.kind, note: note, object: address)
    call.start = event.start ?? 0
    call.end = event.end ?? 0
    call.mm = event.mm ?? 0
    call.serial = allocation.serial
    call.timesliceMs = event.timesliceMs ?? 0
    if let pagemap = allocation.pagemap { call.unplugged = isUnplugged(pagemap) }
    call.overlapped = noteOverlaps(of: call, task(of: event))
    enter(call, event)
    statistics.entered(.toDevice)
  }

  /// Marks migrations of other tasks that work on the same pages right now, this one too.
  private mutating func noteOverlaps(of call: OpenCall, _ key: Int32) -> Bool {
    var overlapped = false
    for other in callers.suffix(Self.callerLimit) where other != key {
      guard let index = tasks.index(forKey: other) else { continue }
      for place in tasks.values[index].calls.indices {
        let that = tasks.values[index].calls[place]
        guard that.kind == .migrateToDevmem, that.mm == call.mm, that.start < call.end,
          call.start < that.end
        else { continue }
        tasks.values[index].calls[place].overlapped = true
        overlapped = true
      }
    }
    return overlapped
  }

  private mutating func migratedToDevice(_ event: borrowing PagemapEvent) {
    let populate = tasks[task(of: event)]?.calls.last { $0.kind == .populateMM }?.note.time
    guard let call = leave(event, from: .migrateToDevmem) else { return }
    endWalk(event, call)
    let note = EventNote(event, .devmem, .start, .end, .result)
    let result = event.result ?? 0
    let allocation = allocations[call.object]
    if let allocation, allocation.serial == call.serial {
      settle(allocation, call, result, note)
    }
    recentMigrations.add(
      mm: call.mm, start: call.start, end: call.end, pid: event.pid, ended: event.timestamp)
    let pagemap = allocation?.pagemap ?? call.note.keptFields.first { $0.field == .dpagemap }?.value
    let known = pagemap.flatMap { pagemaps[$0] }
    let pages = call.pagesBorn >= call.pagesFreed ? call.pagesBorn - call.pagesFreed : 0
    let report = MigrationCall(
      entry: call.note, returned: note, result: result, mm: call.mm, start: call.start,
      end: call.end, allocation: call.object, allocationEpoch: allocation?.epoch ?? 1,
      pagemap: pagemap ?? 0, device: known?.device, timesliceMs: call.timesliceMs, pages: pages,
      pagesAreKnown: knowsFolios, zddEnded: call.zddEnded,
      unpluggedAt: call.unplugged
        ? known?.drm.flatMap { devices[$0]?.unplugged?.time } : nil,
      populateEntry: populate, overlapped: call.overlapped)
    statistics.migrated(report, call)
    noteCallActivity(
      call, call.pagesFromDevices > 0 ? .deviceToDevice : .systemToDevice, event,
      pages: report.movedPages, pagemap: pagemap)
    observations.append(.migrationReturned(report))
  }

  /// What became of an allocation when the migration into it returned.
  private mutating func settle(
    _ allocation: DeviceAllocation, _ call: OpenCall, _ result: Int64, _ note: EventNote
  ) {
    var allocation = allocation
    allocation.touch(note.pid, note.time)
    allocation.hasReturned = true
    allocation.timesliceEnd = nil
    allocation.timesliceNoEarlier = nil
    // The timeslice also holds pages of a migration that raced while finalizing.
    let (slice, overflow) = call.timesliceMs.multipliedReportingOverflow(by: 1_000_000)
    if call.timesliceMs > 0, !overflow {
      allocation.timesliceEnd = note.time &+ slice
      // It began within the call, and is counted in jiffies: of 10 ms at most, and late ones where
      // the host had taken the CPU that counts them.
      if result == 0, slice > 10_000_000 {
        allocation.timesliceNoEarlier = call.note.time &+ slice &- max(10_000_000, slice / 2)
      }
    }
    if result == 0 {
      allocation.bound = note
      countZdd(of: &allocation)
    } else if allocation.liveFolios == 0 {
      // No zdd end was seen: either the call failed before there was a zdd, or, where page inits
      // are not recorded, pages that raced keep it ("Raced while finalizing migration").
      guard !knowsFolios, result == -16 else { return drop(allocation) }
      allocation.state = .doubtful
    }
    allocations[allocation.address] = allocation
  }

  // MARK: To system memory

  /// `drm_pagemap_migrate_to_ram`: the CPU faults on a device page.
  private mutating func fault(_ event: borrowing PagemapEvent) {
    guard let page = event.page, page != 0 else { return }
    let note = EventNote(event, .page, .address, .zdd, .devmem)
    var call = OpenCall(kind: event.kind, note: note, object: event.devmem ?? 0)
    call.mm = event.mm ?? 0
    call.page = page
    checkFaultingPage(page, note)
    let key = task(of: event)
    if !faultingPages.isEmpty { faultingPages.removeAll { $0.task == key } }
    if faultingPages.count < 1024 { faultingPages.append((key, page, note)) }
    var allocation: DeviceAllocation?
    if let address = event.devmem, address != 0 {
      allocation = touchByFault(event, address, note)
      call.serial = allocation?.serial ?? 0
    }
    // A fault collects all pages of its window, those of other allocations in it, too.
    let size = max(allocation?.size ?? 4096, 4096)
    call.start = (event.address ?? 0) / size * size
    call.end = call.start &+ size
    enter(call, event)
    statistics.entered(.byFault)

    // A timeslice ends by jiffies, which may lag behind the trace's clock.
    let timesliceEnd = (allocation?.timesliceEnd).map { $0 &+ Self.jiffiesLag } ?? 0
    let isInTimeslice = note.time < timesliceEnd
    let isRepeated = faultRuns[page] != nil
    if isRepeated { statistics.faultsWithoutProgress += 1 }
    let address = event.address ?? 0
    var run = faultRuns[page] ?? FaultRun(first: note, last: note, address: address, count: 0)
    if isInTimeslice { run = FaultRun(first: note, last: note, address: run.address, count: 0) }
    run.count += 1
    run.last = note
    if recordsFolioFree, faultRuns.count < 1 << 16 || isRepeated { faultRuns[page] = run }
    observations.append(
      .cpuFault(
        CPUFault(
          note: note, page: page, pageEpoch: folios.epoch(of: page) ?? 1, address: address,
          mm: event.mm ?? 0, device: allocation?.pagemap.flatMap { pagemaps[$0]?.device },
          rangeStart: allocation?.start, rangeMM: allocation?.mm,
          allocationSerial: allocation?.serial ?? 0,
          isInTimeslice: isInTimeslice, timesliceIsKnown: allocation?.hasReturned ?? false, run: run
        )))
  }

  private mutating func touchByFault(
    _ event: borrowing PagemapEvent, _ address: UInt64, _ note: EventNote
  )
    -> DeviceAllocation
  {
    var allocation = allocations[address] ?? adoptAllocation(address, note)
    if allocation.pagemap == nil { describe(&allocation, event) }
    allocation.touch(event.pid, event.timestamp)
    allocation.lastDirection = .deviceToSystemByFault
    if let mm = event.mm, mm != 0, let own = allocation.mm, own != mm {
      heirs[own, default: Heirs()].note(mm)
      elders.add(own, to: mm)
    }
    allocations[address] = allocation
    if let zdd = event.zdd, zdd != 0 {
      name(zdd, of: address, note)
      zdds[zdd]?.references = event.zddRef
    }
    return allocation
  }

  private mutating func faulted(_ event: borrowing PagemapEvent) {
    guard let call = leave(event, from: .migrateToRam) else { return }
    let key = task(of: event)
    faultingPages.removeAll { $0.task == key }
    recentMigrations.add(
      mm: call.mm, start: call.start, end: call.end, pid: event.pid,
      ended: event.timestamp &+ Self.faultTail)
    // A fault that collects nothing has met a timeslice that is not over.
    if records.setup, walks[key]?.call != call.note.sequence { faultRuns[call.page] = nil }
    endWalk(event, call)
    let end = (pid: event.pid, time: event.timestamp)
    allocations.withValue(of: call.object) { allocation in
      allocation.touch(end.pid, end.time)
      allocation.lastFault = end
    }
    statistics.left(.byFault, entered: call.note.time, at: event.timestamp)
    noteCallActivity(
      call, .deviceToSystemByFault, event, pages: call.pagesFreed)
  }

  private mutating func evict(_ event: borrowing PagemapEvent) {
    guard let address = event.devmem, address != 0 else { return }
    let note = EventNote(event, .devmem, .dpagemap, .done)
    checkNotifier(event, note)
    if let pagemap = event.dpagemap, pagemap != 0 { adoptPagemap(pagemap, note) }
    var allocation = allocations[address] ?? adoptAllocation(address, note)
    if allocation.pagemap == nil { describe(&allocation, event) }
    setMM(event.mm, of: &allocation)
    if let since = allocation.touchedByOther(than: event.pid), since >= event.timestamp {
      allocation.lastTouch = nil
    }
    allocation.touch(event.pid, event.timestamp)
    allocation.lastDirection = .deviceToSystemByEviction
    allocations[address] = allocation
    var call = OpenCall(kind: event.kind, note: note, object: address)
    call.serial = allocation.serial
    call.mm = allocation.mm ?? 0
    enter(call, event)
    statistics.entered(.byEviction)
  }

  private mutating func evicted(_ event: borrowing PagemapEvent) {
    guard let call = leave(event, from: .evictToRam) else { return }
    endWalk(event, call)
    let result = event.result ?? 0
    statistics.left(.byEviction, entered: call.note.time, at: event.timestamp)
    if result < 0 { statistics.failed(.byEviction, errno: -result) }
    noteCallActivity(
      call, .deviceToSystemByEviction, event, pages: call.pagesFreed)
    guard let allocation = allocations[call.object], allocation.serial == call.serial else {
      return
    }
    let note = EventNote(event, .devmem, .done, .result)
    if result == 0, event.done == 0, recordsZddEnd {
      reportStep(
        .evictionIncomplete, task(of: event), note, since: call.note, "the eviction begins",
        in: call)
    }
    let report = EvictionCall(
      entry: call.note, returned: note, result: result, isDone: event.done.map { $0 != 0 },
      allocation: allocation, device: allocation.pagemap.flatMap { pagemaps[$0]?.device },
      overlapped: isOverlapped(allocation, by: event.pid, since: call.note.time),
      isExiting: isExiting(allocation))
    allocations[call.object]?.touch(event.pid, event.timestamp)
    if result < 0, report.isDone == false, !report.overlapped, allocation.stuck == nil {
      allocations[call.object]?.stuck = note
    }
    observations.append(.evictionReturned(report))
  }

  /// How far jiffies may lag behind, in nanoseconds: two of 10 ms.
  private static var jiffiesLag: UInt64 { 20_000_000 }

  /// How long a task may take from the return of a fault to the put of its page, in nanoseconds.
  private static var faultTail: UInt64 { 10_000_000 }

  /// Whether another task's call worked on the allocation or on its range since `time`.
  private func isOverlapped(_ allocation: DeviceAllocation, by pid: Int32, since time: UInt64)
    -> Bool
  {
    if let touched = allocation.touchedByOther(than: pid), touched >= time { return true }
    // A CPU fault that has returned holds its page until do_swap_page puts it.
    if let fault = allocation.lastFault, fault.pid != pid, fault.time &+ Self.faultTail >= time {
      return true
    }
    let start = allocation.start ?? 0
    let end = allocation.end ?? 0
    // Where so many are in calls that never return, there is no telling.
    guard callers.count <= Self.callerLimit else { return true }
    for key in callers {
      for call in tasks[key]?.calls ?? [] where call.note.pid != pid {
        if call.object == allocation.address { return true }
        if call.kind.isMigration, call.mm == allocation.mm, call.start < end,
          start < call.end
        {
          return true
        }
      }
    }
    guard let mm = allocation.mm else { return false }
    return recentMigrations.overlaps(mm: mm, start: start, end: end, otherThan: pid, since: time)
  }
}
