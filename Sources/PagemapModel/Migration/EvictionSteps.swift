import PagemapEvents

/// Evictions: drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  /// `drm_pagemap_evict_to_ram`.
  mutating func evictToRam(_ event: borrowing PagemapEvent) {
    guard let address = event.devmem, address != 0 else { return }
    let note = EventNote(event, .devmem, .dpagemap, .done)
    if let pagemap = event.dpagemap, pagemap != 0 { adoptPagemap(pagemap, note) }
    adoptAllocation(address, note)
    describe(address, event, onlyNew: true)
    setMM(event.mm, of: address)
    allocations.beginEviction(address, event.pid, event.timestamp)
    var call = OpenCall(kind: event.kind, note: note, object: address)
    let known = allocations.look(at: address) { (serial: $0.serial, mm: $0.origin.mm) }
    call.serial = known?.serial ?? 0
    call.mm = known?.mm ?? 0
    enter(call, event)
    statistics.entered(.byEviction)
  }

  mutating func evictToRamReturn(_ event: borrowing PagemapEvent) {
    guard let call = leave(event, from: .evictToRam) else { return }
    endPass(event, call)
    let result = event.result ?? 0
    statistics.left(.byEviction, entered: call.note.time, at: event.timestamp)
    if result < 0 { statistics.failed(.byEviction, errno: -result) }
    tellCall(call, .deviceToSystemByEviction, event, pages: call.pagesFreed)
    guard let allocation = allocations[call.object], allocation.serial == call.serial else {
      return
    }
    let note = EventNote(event, .devmem, .done, .result)
    let report = EvictionCall(
      entry: call.note, returned: note, result: result, isDone: event.done.map { $0 != 0 },
      allocation: allocation, device: device(of: allocation),
      overlapped: isOverlapped(allocation, by: event.pid, since: call.note.time),
      isExiting: isExiting(allocation))
    allocations.endEviction(call.object, event.pid, event.timestamp)
    if result < 0, report.isDone == false, !report.overlapped {
      allocations.stick(call.object, note)
    }
    news.observe(.evictionReturned(report))
  }

  /// Whether another task's call worked on the allocation or on its range since `time`.
  private func isOverlapped(_ allocation: DeviceAllocation, by pid: Int32, since time: UInt64)
    -> Bool
  {
    if let touched = allocation.touches.byOther(than: pid), touched >= time { return true }
    // A CPU fault that has returned holds its page until do_swap_page puts it.
    if let fault = allocation.touches.lastFault, fault.pid != pid,
      fault.time &+ Self.faultTail >= time
    {
      return true
    }
    let start = allocation.origin.start ?? 0
    let end = allocation.origin.end ?? 0
    // Where so many are in calls that never return, there is no telling.
    guard tasks.areCallersKnown else { return true }
    let isOpen = tasks.areAnyCallers { call in
      guard call.note.pid != pid else { return false }
      return call.object == allocation.address
        || (call.kind.isMigration && call.mm == allocation.origin.mm && call.start < end
          && start < call.end)
    }
    if isOpen { return true }
    guard let mm = allocation.origin.mm else { return false }
    return migrations.overlaps(mm: mm, start: start, end: end, otherThan: pid, since: time)
  }
}
