import PagemapEvents

/// What gpusvms, ranges and pages objects rule out: drivers/gpu/drm/drm_gpusvm.c.
extension KernelMirror {
  /// A gpusvm that is finished takes no calls. `drm_gpusvm_fini` itself removes ranges.
  mutating func checkGPUSVM(_ event: borrowing PagemapEvent) {
    guard let address = event.gpusvm, let gpusvm = svms.gpusvm(at: address),
      !gpusvm.allows(.use), !gpusvm.since.isTwin(of: event)
    else { return }
    var object = ObjectReference(kind: .gpusvm, address: address, epoch: gpusvm.epoch)
    object.mm = gpusvm.mm
    news.report(
      Breach(
        .gpusvmAfterFini, object, serial: gpusvm.serial,
        note: EventNote(event, .gpusvm, .range, .svmPages), since: gpusvm.since, "it is finished"))
  }

  /// `drm_gpusvm_range_remove` of a range that is in no tree.
  mutating func checkSecondRemove(
    of address: UInt64, _ event: borrowing PagemapEvent, _ note: EventNote
  ) {
    guard let range = svms.range(at: address), !range.since.isTwin(of: event) else { return }
    news.report(
      Breach(
        .rangeRemovedTwice, reference(range, at: address), serial: range.serial, note: note,
        since: range.since, "it is removed"))
  }

  /// `drm_gpusvm_range_put` without a reference.
  mutating func checkPut(of address: UInt64, _ count: Int64, _ event: borrowing PagemapEvent) {
    let range = svms.range(at: address)
    var breach = Breach(
      .rangeRemovedTwice,
      range.map { reference($0, at: address) }
        ?? ObjectReference(kind: .svmRange, address: address, epoch: 1),
      serial: range?.serial ?? lives.takeSerial(), note: EventNote(event, .range, .rangeRef),
      since: range?.since, "the last that is known of it")
    breach.found = count
    news.report(breach)
  }

  private func reference(_ range: SVMRange, at address: UInt64) -> ObjectReference {
    var object = ObjectReference(kind: .svmRange, address: address, epoch: range.epoch)
    object.end = range.end
    object.mm = svms.gpusvm(at: range.gpusvm)?.mm
    return object
  }

  // MARK: drm_gpusvm_pages

  /// What `drm_gpusvm_get_pages` leaves behind: nothing where it failed; and it must fail where the
  /// pages were flagged before it began.
  mutating func checkGotten(
    _ pages: UInt64, _ call: OpenCall?, _ event: borrowing PagemapEvent, _ note: EventNote
  ) {
    guard let result = event.result else { return }
    let object = ObjectReference(kind: .svmPages, address: pages, epoch: 1)
    let cause = Cause.event(note.sequence)
    if result < 0, let held = event.dpagemap, held != 0 {
      var breach = Breach(
        .failedGetPagesHolds, object, cause, note: note, since: call?.note, "the call begins")
      breach.device = pagemaps.device(of: held)
      // Another task may have filled them since this one failed.
      breach.isAmbiguous = tasks.areAnyCallers { $0.kind == .getPages && $0.object == pages }
      news.report(breach)
    } else if result < 0, let call, call.mappings > 0 {
      var breach = Breach(
        .mappingKept, object, cause, note: note, since: call.note, "the call begins")
      breach.found = call.mappings
      news.report(breach)
    } else if result == 0, let flagged = svms.pages(at: pages)?.flagged, let call,
      flagged.time < call.note.time
    {
      news.report(
        Breach(
          .pagesOfUnmapped, object, cause, note: note, since: flagged, "its memory is unmapped"))
      svms.forgetFlag(of: pages)
    }
  }

  /// Pages of a range that was taken out of the tree must not be mapped again.
  mutating func checkRange(ofPages pages: UInt64, _ event: borrowing PagemapEvent) {
    guard let address = svms.pages(at: pages)?.range, let range = svms.range(at: address),
      range.state == .removed
    else { return }
    news.report(
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
      .event(event.sequence), note: EventNote(event, .range, .svmPages, .result),
      since: call.note, "the call begins")
    breach.found = Int64(clamping: event.timestamp - call.note.time)
    news.report(breach)
  }

  // MARK: Notifiers

  /// Nothing migrates from within an mmu notifier: it must not sleep on what it interrupted.
  mutating func checkNotifier(_ event: borrowing PagemapEvent, _ note: EventNote) {
    guard recording.proves(.notifierInvalidate, .notifierInvalidateReturn),
      let call = tasks.call(of: TaskKey(event), where: { $0.kind == .notifierInvalidate })
    else { return }
    let allocation = event.devmem.flatMap { allocations[$0] }
    var breach = Breach(
      .migrationInNotifier,
      allocation.map { reference($0) }
        ?? ObjectReference(
          kind: .task, address: UInt64(UInt32(bitPattern: note.pid)), epoch: 1),
      allocation.map { .life($0.serial) } ?? .call(call.note.sequence), note: note,
      since: call.note, "the notifier runs")
    breach.device = allocation.flatMap { device(of: $0) }
    news.suspect(breach, in: call.note.sequence)
  }
}
