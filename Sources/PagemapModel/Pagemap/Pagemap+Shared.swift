import PagemapEvents

/// What steps of several rooms do to pagemaps: adopting older ones, samples, puts.
extension KernelMirror {
  /// A life that begins at an address, as yet in no room.
  mutating func newPagemap(_ address: UInt64, _ note: EventNote, isAdopted: Bool) -> Pagemap {
    Pagemap(
      address: address, epoch: lives.begin(address), serial: lives.takeSerial(),
      isAdopted: isAdopted, created: note)
  }

  /// A life begins whose beginning was not recorded.
  mutating func adopt(_ address: UInt64, _ note: EventNote, home: Pagemap.Home? = nil) {
    var pagemap = newPagemap(address, note, isAdopted: true)
    if let home { pagemap.home = home }
    pagemaps.begin(pagemap)
    statistics.pagemaps.adopted += 1
  }

  /// Makes sure that a pagemap is known; one that is older than the recording is adopted.
  @discardableResult
  mutating func adoptPagemap(_ address: UInt64, _ note: EventNote) -> UInt64 {
    if adopts(address) { adopt(address, note) }
    return address
  }

  /// Whether an event that names a pagemap shows a life of it whose beginning was not recorded.
  @inline(__always)
  func adopts(_ address: UInt64) -> Bool {
    guard let state = pagemaps.state(of: address) else { return true }
    // A gap may hide the init that gave the address to a new object.
    return state == .destroyed && !recording.isIntact(since: pagemaps.destroyedAt(address))
  }

  /// Fills in what an event tells of a pagemap beside its count.
  mutating func learn(_ event: borrowing PagemapEvent, of address: UInt64) {
    let told = home(toldBy: event)
    if pagemaps.learn(told, of: address) { devices.note(told.drm, name: nil) }
  }

  /// What an event tells of where its pagemap belongs.
  func home(toldBy event: borrowing PagemapEvent) -> Pagemap.Home {
    var told = Pagemap.Home()
    (told.drm, told.cache, told.pgmap) = (event.drm, event.cache, event.pgmap)
    told.device = told.drm.flatMap { devices.name(of: $0) }
    return told
  }

  /// Takes in a sampled count that needs no further meaning.
  mutating func samplePagemap(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0, let ref = event.ref else { return }
    // A return's sample may come from memory that is queued for freeing: only what an active
    // pagemap can have is taken in.
    if event.kind == .pagemapPutReturn, ref < 1 { return }
    sample(ref, of: address, EventNote(event, .dpagemap, .ref))
  }

  /// Takes in the count of an active pagemap as an event sampled it.
  mutating func sample(_ count: Int64, of address: UInt64, _ note: EventNote) {
    if pagemaps.sample(address, count, note) { noteGrowth(of: address, note) }
  }

  /// A put, in `drm_pagemap_put` or at the end of a zdd, that leaves `count` references; nil where that
  /// was not recorded. `before` is what was missing ahead of it, by the holders known then.
  mutating func put(_ address: UInt64, leaving count: Int64?, _ note: EventNote, before: Int64) {
    if let deficit = pagemaps.put(address, leaving: count, note, before: before) {
      deficits.add(deficit)
    }
  }

  /// A put that is open belongs to no VM's close any more once its task does something else.
  mutating func ageDeficits(_ event: borrowing PagemapEvent) {
    switch event.kind {
    case .pagemapPut, .pagemapPutReturn, .pagemapRelease, .shrinkerAdd, .pagemapDestroy,
      .releaseOwner, .zddDestroy, .folioFree:
      return
    default: deficits.age(of: event.pid)
    }
  }

  /// More of a pagemap's count is unexplained than before: besides the calls that were entered since
  /// the last sample, those that are still open may be the reason.
  mutating func noteGrowth(of address: UInt64, _ note: EventNote) {
    stacks.expect(note.sequence, of: address)
    guard tasks.callers.count > 1, tasks.areCallersKnown else { return }
    let cache = pagemaps.look(at: address) { $0.home.cache } ?? nil
    var open = TaskList()
    // A closure that reaches for the mirror would have the task room copied for each task.
    let allocations = allocations
    for key in tasks.callers where key.isTask {
      let isHere = tasks.isInCall(key) { call in
        call.object == address || call.object == cache
          || allocations.pagemap(of: call.object) == address
      }
      if isHere { open.insert(key.number) }
    }
    pagemaps.addTasks(open.all, to: address, reachedBy: note.sequence)
  }

  /// Notes with the pagemap that a call is on, or on whose cache, which task entered it.
  mutating func noteCaller(_ call: OpenCall, _ event: borrowing PagemapEvent) {
    guard event.pid != 0 else { return }
    guard let address = event.dpagemap ?? caches.pagemap(of: call.object) else { return }
    pagemaps.noteCaller(address, event.pid)
  }

  /// Keeps a stack, and with a pagemap whose count its event showed to have risen.
  mutating func keepStack(of event: borrowing PagemapEvent) {
    guard let address = stacks.add(event.stack), let frames = stacks.frames(of: event.stack.owner)
    else { return }
    pagemaps.addStack(frames, to: address, of: event.stack.owner)
  }

  /// Tells a pagemap's state and count behind an event that names it, where either changed.
  mutating func tellPagemap(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0, var told = pagemaps.news(of: address)
    else { return }
    (told.time, told.sequence, told.pid) = (event.timestamp, event.sequence, event.pid)
    news.tell(.pagemap(told))
  }
}
