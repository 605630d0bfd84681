import PagemapEvents

/// gpusvms, their ranges and notifiers: drivers/gpu/drm/drm_gpusvm.c.
extension KernelMirror {
  static let rangeSteps: [StepRow] = [
    .on(.gpusvmInit) { $0.gpusvmInit($1) },
    .on(.gpusvmFini) { $0.gpusvmFini($1) },
    .on(.rangeFindOrInsertReturn) { $0.rangeFindOrInsertReturn($1) },
    .on(.rangeRemove) { $0.rangeRemove($1) },
    .on(.rangePut) { $0.rangePut($1) },
    .on(.rangeAllocReturn) { if let range = $1.range { $0.svms.forgetRange(range) } },
    .on(.rangeEvict) { $0.rangeEvict($1) },
    .on(.rangeEvictReturn) { $0.rangeEvictReturn($1) },
    .on(.notifierInsert) { $0.notifierInsert($1) },
    .on(.notifierInvalidate) { $0.notifierInvalidate($1) },
    .on(.notifierInvalidateReturn) { _ = $0.leave($1, from: .notifierInvalidate) },
    .on(.notifierRemove) { $0.notifierRemove($1) },
  ]

  // MARK: drm_gpusvm

  private mutating func gpusvmInit(_ event: borrowing PagemapEvent) {
    guard let address = event.gpusvm, address != 0, svms.hasRoom(forGPUSVM: address) else { return }
    svms.begin(gpusvm(event, EventNote(event, .gpusvm, .mm), at: address), at: address)
  }

  private mutating func gpusvm(
    _ event: borrowing PagemapEvent, _ note: EventNote, at address: UInt64
  )
    -> GPUSVM
  {
    GPUSVM(mm: event.mm, since: note, epoch: lives.begin(address), serial: lives.takeSerial())
  }

  private mutating func gpusvmFini(_ event: borrowing PagemapEvent) {
    guard let address = event.gpusvm, address != 0, svms.hasRoom(forGPUSVM: address) else { return }
    let note = EventNote(event, .gpusvm, .mm)
    if svms.gpusvm(at: address) == nil {
      svms.begin(gpusvm(event, note, at: address), at: address)
    }
    svms.finish(address, note)
  }

  // MARK: drm_gpusvm_range

  private mutating func rangeFindOrInsertReturn(_ event: borrowing PagemapEvent) {
    guard let address = event.range, address != 0, let gpusvm = event.gpusvm else { return }
    svms.use(gpusvm: gpusvm)
    svms.found(address, by: TaskKey(event))
    let known = svms.use(address, of: gpusvm, from: event.start)
    guard known != true, known != nil || svms.hasRoomForRange else { return }
    svms.begin(
      SVMRange(
        gpusvm: gpusvm, start: event.start, end: event.end,
        since: EventNote(event, .range, .gpusvm, .start, .rangeRef), epoch: lives.begin(address),
        serial: lives.takeSerial()), at: address)
  }

  private mutating func rangeRemove(_ event: borrowing PagemapEvent) {
    guard let address = event.range, address != 0 else { return }
    let note = EventNote(event, .range, .gpusvm, .start, .rangeRef)
    svms.remove(address, note)
  }

  private mutating func rangePut(_ event: borrowing PagemapEvent) {
    if let address = event.range, address != 0, event.rangeRef != nil { svms.put(address) }
  }

  private mutating func rangeEvict(_ event: borrowing PagemapEvent) {
    enter(event, object: event.range ?? 0)
  }

  private mutating func rangeEvictReturn(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .rangeEvict)
  }

  // MARK: drm_gpusvm_notifier

  private mutating func notifierInsert(_ event: borrowing PagemapEvent) {
    guard let notifier = event.notifier, notifier != 0 else { return }
    svms.insertNotifier(notifier, EventNote(event, .notifier, .mm, .start))
  }

  private mutating func notifierRemove(_ event: borrowing PagemapEvent) {
    guard let address = event.notifier, let notifier = svms.removeNotifier(address) else { return }
    news.tellEnd(of: notifier, .notifier, address)
  }

  private mutating func notifierInvalidate(_ event: borrowing PagemapEvent) {
    if let notifier = event.notifier, notifier != 0 {
      svms.step(.invalidate, notifier: notifier, EventNote(event, .notifier, .start))
    }
    guard recording.suggests(.notifierInvalidate), recording.suggests(.notifierInvalidateReturn)
    else { return }
    enter(event, object: event.notifier ?? 0)
  }
}
