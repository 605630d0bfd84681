import PagemapEvents

/// What happened, told as it happens: for timelines and exports. It judges nothing and changes
/// nothing that the rules see.
extension World {
  /// Tells a pagemap's state and count behind an event that names it, where either changed.
  mutating func notePagemapActivity(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let (time, sequence, pid) = (event.timestamp, event.sequence, event.pid)
    let change: PagemapActivity?? = pagemaps.withValue(of: address) { pagemap in
      let shown = Pagemap.Shown(
        serial: pagemap.serial, state: pagemap.state, references: pagemap.sample?.value)
      guard shown != pagemap.shown else { return nil }
      pagemap.shown = shown
      return PagemapActivity(
        time: time, sequence: sequence, pid: pid, address: address, epoch: pagemap.epoch,
        serial: pagemap.serial, isAdopted: pagemap.isAdopted, drm: pagemap.drm,
        device: pagemap.device, state: pagemap.state, references: shown.references,
        explained: pagemap.explained)
    }
    if let change, let change { activities.append(.pagemap(change)) }
  }

  /// Tells a call that returned. `pages` is what it moved, `pagemap` the one it worked on where that
  /// is not its allocation's.
  mutating func noteCallActivity(
    _ call: OpenCall, _ direction: MigrationDirection, _ event: borrowing PagemapEvent,
    pages: UInt64, pagemap known: UInt64? = nil
  ) {
    guard recordsActivity else { return }
    let pagemap =
      known ?? pagemap(ofAllocation: call.object) ?? call.note.value(of: .dpagemap)
    let isFault = call.kind == .migrateToRam
    let page = call.note.value(of: .address) ?? 0
    let range = allocations.withValue(of: call.object) { ($0.start, $0.end) }
    activities.append(
      .call(
        CallActivity(
          direction: direction, start: call.note.time,
          end: max(call.note.time, event.timestamp), cpu: call.note.cpu, pid: call.note.pid,
          sequence: event.sequence, result: event.result ?? 0, pages: pages,
          device: pagemap.flatMap { pagemaps.withValue(of: $0) { $0.device } ?? nil },
          pagemap: pagemap ?? 0, allocation: call.object, allocationSerial: call.serial,
          rangeStart: isFault ? page : call.start != 0 ? call.start : range?.0 ?? 0,
          rangeEnd: isFault ? page &+ 4096 : call.end != 0 ? call.end : range?.1 ?? 0,
          mm: call.mm)))
  }

  /// Tells how much memory pagemaps hold now.
  mutating func noteMemoryActivity(_ event: borrowing PagemapEvent) {
    guard recordsActivity else { return }
    activities.append(.memory(time: event.timestamp, bytes: statistics.heldBytes))
  }

  /// The pagemap of an allocation.
  mutating func pagemap(ofAllocation address: UInt64) -> UInt64? {
    allocations.withValue(of: address) { $0.pagemap } ?? nil
  }
}

extension World {
  /// The migrations, faults and evictions that have not returned, as spans up to `end`.
  package func openSpans(until end: UInt64) -> [Timeline.Span] {
    callers.sorted().flatMap { key in
      (tasks[key]?.calls ?? []).compactMap { call in openSpan(call, until: end) }
    }
  }

  private func openSpan(_ call: OpenCall, until end: UInt64) -> Timeline.Span? {
    let direction: MigrationDirection
    switch call.kind {
    case .migrateToDevmem: direction = .systemToDevice
    case .migrateToRam: direction = .deviceToSystemByFault
    case .evictToRam: direction = .deviceToSystemByEviction
    default: return nil
    }
    let pagemap = allocations[call.object]?.pagemap
    var span = Timeline.Span(
      CallActivity(
        direction: direction, start: call.note.time, end: max(end, call.note.time),
        cpu: call.note.cpu, pid: call.note.pid, sequence: call.note.sequence, result: 0,
        pages: call.kind == .migrateToDevmem ? call.pagesBorn : call.pagesFreed,
        device: pagemap.flatMap { pagemaps[$0]?.device }, pagemap: pagemap ?? 0,
        allocation: call.object, allocationSerial: call.serial, rangeStart: call.start,
        rangeEnd: call.end, mm: call.mm))
    span.isOpen = true
    return span
  }
}
