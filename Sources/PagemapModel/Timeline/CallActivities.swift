import PagemapEvents

/// What happened to calls, told as it happens: for timelines and exports. It judges nothing and changes
/// nothing that the rules see.
extension KernelMirror {
  /// Tells a call that returned. `pages` is what it moved, `pagemap` the one it worked on where that
  /// is not its allocation's.
  mutating func tellCall(
    _ call: OpenCall, _ direction: MigrationDirection, _ event: borrowing PagemapEvent,
    pages: UInt64, pagemap known: UInt64? = nil
  ) {
    guard news.recordsActivity else { return }
    let pagemap =
      known ?? allocations.pagemap(of: call.object) ?? call.note.value(of: .dpagemap)
    let isFault = call.kind == .migrateToRam
    let page = call.note.value(of: .address) ?? 0
    let range = allocations.look(at: call.object) { ($0.origin.start, $0.origin.end) }
    news.tell(
      .call(
        CallActivity(
          direction: direction, start: call.note.time,
          end: max(call.note.time, event.timestamp), cpu: call.note.cpu, pid: call.note.pid,
          sequence: event.sequence, result: event.result ?? 0, pages: pages,
          device: pagemap.flatMap { pagemaps.device(of: $0) },
          pagemap: pagemap ?? 0, allocation: call.object, allocationSerial: call.serial,
          rangeStart: isFault ? page : call.start != 0 ? call.start : range?.0 ?? 0,
          rangeEnd: isFault ? page &+ 4096 : call.end != 0 ? call.end : range?.1 ?? 0,
          mm: call.mm)))
  }
}

extension KernelMirror {
  /// The migrations, faults and evictions that have not returned, as spans up to `end`.
  package func openSpans(until end: UInt64) -> [Timeline.Span] {
    tasks.callers.sorted().flatMap { key in
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
    let pagemap = allocations.pagemap(of: call.object)
    var span = Timeline.Span(
      CallActivity(
        direction: direction, start: call.note.time, end: max(end, call.note.time),
        cpu: call.note.cpu, pid: call.note.pid, sequence: call.note.sequence, result: 0,
        pages: call.kind == .migrateToDevmem ? call.pagesBorn : call.pagesFreed,
        device: pagemap.flatMap { pagemaps.device(of: $0) }, pagemap: pagemap ?? 0,
        allocation: call.object, allocationSerial: call.serial, rangeStart: call.start,
        rangeEnd: call.end, mm: call.mm))
    span.isOpen = true
    return span
  }
}
