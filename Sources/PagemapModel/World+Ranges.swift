import PagemapEvents

/// Ranges, notifiers and what bounds the calls on them: drivers/gpu/drm/drm_gpusvm.c.
extension World {
  /// Takes in an event about a gpusvm or its ranges. Answers false where it is none.
  mutating func applyToRanges(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .gpusvmInit: beginGPUSVM(event)
    case .gpusvmFini: finishGPUSVM(event)
    case .rangeFindOrInsert: checkGPUSVM(event)
    case .rangeFindOrInsertReturn: foundRange(event)
    case .deviceMapReturn:
      if let address = event.address, address != .max { countMapping(event, 1) }
    case .deviceUnmap: countMapping(event, -1)
    case .rangeRemove: removeRange(event)
    case .rangePut: putRange(event)
    case .rangeAllocReturn: if let range = event.range { ranges[range] = nil }
    case .rangeEvict:
      checkGPUSVM(event)
      enter(event, object: event.range ?? 0)
    case .rangeEvictReturn:
      if let call = leave(event, from: .rangeEvict) { checkDuration(of: call, event) }
    case .rangeSetUnmapped: flagPages(event)
    case .notifierInvalidate:
      if records.notifierReturn { enter(event, object: event.notifier ?? 0) }
    case .notifierInvalidateReturn: _ = leave(event, from: .notifierInvalidate)
    default: return false
    }
    return true
  }

  /// Objects of one kind beyond this number are not told apart.
  private static var objectLimit: Int { 1 << 16 }

  // MARK: drm_gpusvm

  private mutating func beginGPUSVM(_ event: borrowing PagemapEvent) {
    guard let address = event.gpusvm, address != 0,
      gpusvms.count < Self.objectLimit || gpusvms[address] != nil
    else { return }
    gpusvms[address] = GPUSVM(
      mm: event.mm, since: EventNote(event, .gpusvm, .mm), epoch: epochs.begin(address),
      serial: takeSerial())
  }

  private mutating func finishGPUSVM(_ event: borrowing PagemapEvent) {
    guard let address = event.gpusvm, address != 0, gpusvms.count < Self.objectLimit else { return }
    let note = EventNote(event, .gpusvm, .mm)
    checkGPUSVM(event)
    var gpusvm =
      gpusvms[address]
      ?? GPUSVM(mm: event.mm, since: note, epoch: epochs.begin(address), serial: takeSerial())
    gpusvm.state = .finished
    gpusvm.since = note
    gpusvms[address] = gpusvm
    guard gpusvms.count > 4096 else { return }
    gpusvms = gpusvms.filter { $0.value.state == .live || $0.key == address }
  }

  /// A gpusvm that is finished takes no calls. `drm_gpusvm_fini` itself removes ranges.
  mutating func checkGPUSVM(_ event: borrowing PagemapEvent) {
    guard let address = event.gpusvm, let gpusvm = gpusvms[address],
      GPUSVM.machine.next(gpusvm.state, .use) == nil, !gpusvm.since.isTwin(of: event)
    else { return }
    var object = ObjectReference(kind: .gpusvm, address: address, epoch: gpusvm.epoch)
    object.mm = gpusvm.mm
    report(
      Breach(
        .gpusvmAfterFini, object, serial: gpusvm.serial,
        note: EventNote(event, .gpusvm, .range, .svmPages), since: gpusvm.since, "it is finished"))
  }

  // MARK: drm_gpusvm_range

  private mutating func foundRange(_ event: borrowing PagemapEvent) {
    guard let address = event.range, address != 0, let gpusvm = event.gpusvm else { return }
    if lastRanges.count > 1024 { lastRanges.removeAll(keepingCapacity: true) }
    lastRanges[task(of: event)] = address
    let known = ranges.withValue(of: address) { range in
      range.state == .inTree && range.gpusvm == gpusvm && range.start == event.start
    }
    guard known != true, ranges.count < Self.objectLimit || known != nil else { return }
    ranges[address] = SVMRange(
      gpusvm: gpusvm, start: event.start, end: event.end,
      since: EventNote(event, .range, .gpusvm, .start, .rangeRef), epoch: epochs.begin(address),
      serial: takeSerial())
  }

  private mutating func removeRange(_ event: borrowing PagemapEvent) {
    guard let address = event.range, address != 0 else { return }
    let note = EventNote(event, .range, .gpusvm, .start, .rangeRef)
    guard let range = ranges[address] else { return }
    guard let state = SVMRange.machine.next(range.state, .remove) else {
      guard !range.since.isTwin(of: event) else { return }
      return report(
        Breach(
          .rangeRemovedTwice, reference(range, at: address), serial: range.serial, note: note,
          since: range.since, "it is removed"))
    }
    ranges[address]?.state = state
    ranges[address]?.since = note
    removedRanges += 1
    guard removedRanges > 8192 else { return }
    removedRanges = 0
    ranges = ranges.filter { $0.value.state == .inTree || $0.key == address }
  }

  private mutating func putRange(_ event: borrowing PagemapEvent) {
    guard let address = event.range, address != 0, let count = event.rangeRef, count < 1 else {
      return
    }
    let range = ranges[address]
    var breach = Breach(
      .rangeRemovedTwice,
      range.map { reference($0, at: address) }
        ?? ObjectReference(kind: .svmRange, address: address, epoch: 1),
      serial: range?.serial ?? takeSerial(), note: EventNote(event, .range, .rangeRef),
      since: range?.since, "the last that is known of it")
    breach.found = count
    report(breach)
  }

  private func reference(_ range: SVMRange, at address: UInt64) -> ObjectReference {
    var object = ObjectReference(kind: .svmRange, address: address, epoch: range.epoch)
    object.end = range.end
    object.mm = gpusvms[range.gpusvm]?.mm
    return object
  }

  // MARK: drm_gpusvm_pages

  private mutating func flagPages(_ event: borrowing PagemapEvent) {
    guard let pages = event.svmPages, pages != 0, flaggedPages.count < 4096 else { return }
    flaggedPages[pages] = EventNote(event, .range, .svmPages)
  }

  /// What `drm_gpusvm_get_pages` leaves behind: nothing where it failed; and it must fail where the
  /// pages were flagged before it began.
  mutating func checkGotten(
    _ pages: UInt64, _ call: OpenCall?, _ event: borrowing PagemapEvent, _ note: EventNote
  ) {
    guard let result = event.result else { return }
    let object = ObjectReference(kind: .svmPages, address: pages, epoch: 1)
    if result < 0, let held = event.dpagemap, held != 0 {
      var breach = Breach(
        .failedGetPagesHolds, object, serial: takeSerial(), note: note, since: call?.note,
        "the call begins")
      breach.device = pagemaps[held]?.device
      // Another task may have filled them since this one failed.
      breach.isAmbiguous = tasks.values.contains { task in
        task.calls.contains { $0.kind == .getPages && $0.object == pages }
      }
      report(breach)
    } else if result < 0, let call, call.mappings > 0 {
      var breach = Breach(
        .mappingKept, object, serial: takeSerial(), note: note, since: call.note,
        "the call begins")
      breach.found = call.mappings
      report(breach)
    } else if result == 0, let flagged = flaggedPages[pages], let call,
      flagged.time < call.note.time
    {
      report(
        Breach(
          .pagesOfUnmapped, object, serial: takeSerial(), note: note, since: flagged,
          "its memory is unmapped"))
      flaggedPages[pages] = nil
    }
  }

  /// A device page is mapped, or unmapped, for another device within `drm_gpusvm_get_pages`.
  private mutating func countMapping(_ event: borrowing PagemapEvent, _ change: Int64) {
    tasks.withValue(of: task(of: event)) { state in
      guard let place = state.calls.lastIndex(where: { $0.kind == .getPages }) else { return }
      state.calls[place].mappings += change
    }
  }

  /// Learns which range a pages object is part of: drivers put both into one structure.
  mutating func learnPages(_ event: borrowing PagemapEvent) {
    guard let pages = event.svmPages, pages != 0,
      let range = lastRanges[task(of: event)]
    else { return }
    if range < pages, pages &- range <= 1024, ranges[range]?.state == .inTree {
      guard pagesOwners.count < Self.objectLimit else { return }
      pagesOwners[pages] = range
    }
    checkOwner(of: pages, event)
  }

  /// Pages of a range that was taken out of the tree must not be mapped again.
  private mutating func checkOwner(of pages: UInt64, _ event: borrowing PagemapEvent) {
    guard let address = pagesOwners[pages], let range = ranges[address], range.state == .removed
    else { return }
    report(
      Breach(
        .pagesOfRemoved, reference(range, at: address), serial: range.serial,
        note: EventNote(event, .svmPages, .gpusvm, .start), since: range.since,
        "the range is removed"))
  }

  /// `HMM_RANGE_DEFAULT_TIMEOUT` and one attempt more, in nanoseconds: what takes longer may break
  /// a rule.
  private static var longTime: UInt64 { 1_100_000_000 }

  /// Tells the rules of a call that took long.
  mutating func checkDuration(of call: OpenCall, _ event: borrowing PagemapEvent) {
    guard event.timestamp > call.note.time, event.timestamp - call.note.time > Self.longTime else {
      return
    }
    let kind: ObjectReference.Kind = event.svmPages == nil ? .svmRange : .svmPages
    var breach = Breach(
      .overlongCall, ObjectReference(kind: kind, address: call.object, epoch: 1),
      serial: takeSerial(), note: EventNote(event, .range, .svmPages, .result), since: call.note,
      "the call begins")
    breach.found = Int64(clamping: event.timestamp - call.note.time)
    report(breach)
  }

  // MARK: Notifiers

  /// Nothing migrates from within an mmu notifier: it must not sleep on what it interrupted.
  mutating func checkNotifier(_ event: borrowing PagemapEvent, _ note: EventNote) {
    guard records.notifierReturn,
      let call = tasks[task(of: event)]?.calls.last(where: { $0.kind == .notifierInvalidate })
    else { return }
    var object = ObjectReference(
      kind: .task, address: UInt64(UInt32(bitPattern: note.pid)), epoch: 1)
    var serial = call.note.sequence.addingReportingOverflow(1 << 62).partialValue
    let allocation = event.devmem.flatMap { allocations[$0] }
    if let allocation {
      object = reference(allocation)
      serial = allocation.serial
    }
    var breach = Breach(
      .migrationInNotifier, object, serial: serial, note: note, since: call.note,
      "the notifier runs")
    breach.device = allocation?.pagemap.flatMap { pagemaps[$0]?.device }
    suspect(breach, in: call.note)
  }
}
