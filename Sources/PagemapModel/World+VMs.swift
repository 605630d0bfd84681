import PagemapEvents

/// A driver's VMs with shared virtual memory: drivers/gpu/drm/xe/xe_svm.c.
extension World {
  /// Takes in an event about a VM.
  mutating func applyToVMs(_ event: borrowing PagemapEvent) {
    switch event.kind {
    case .svmInit: beginVM(event)
    case .svmClose: stepVM(event, .close)
    case .svmFini: stepVM(event, .finish)
    case .xeHandlePagefault, .xeHandlePagefaultOnce: stepVM(event, .fault)
    case .xeAllocVram: enter(event, object: event.range ?? 0)
    case .xeAllocVramReturn: _ = leave(event, from: .xeAllocVram)
    default: break
    }
  }

  private mutating func beginVM(_ event: borrowing PagemapEvent) {
    guard let address = event.vm, address != 0, vms.count < 4096 else { return }
    vms[address] = XeVM(
      since: EventNote(event, .vm), epoch: epochs.begin(address), serial: takeSerial())
  }

  private mutating func stepVM(_ event: borrowing PagemapEvent, _ trigger: XeVM.Trigger) {
    guard let address = event.vm, let vm = vms[address] else { return }
    let note = EventNote(event, .vm, .address)
    if let state = XeVM.machine.next(vm.state, trigger) {
      vms.withValue(of: address) { vm in
        if vm.state != state { vm.since = note }
        vm.state = state
      }
      return
    }
    // A VM may fail to be made, and ends without having been closed.
    guard vm.state != .open, !vm.since.isTwin(of: event) else { return }
    report(
      Breach(
        .vmAfterClose, ObjectReference(kind: .vm, address: address, epoch: vm.epoch),
        serial: vm.serial, note: note, since: vm.since,
        vm.state == .closed ? "the VM is closed" : "the VM is finished"))
  }

  /// `xe_svm_alloc_vram` populates twice at most: the second time after one eviction of the range.
  mutating func notePopulate(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    let note = EventNote(event, .dpagemap, .start, .end)
    let found: OpenCall?? = tasks.withValue(of: key) { state in
      guard let place = state.calls.lastIndex(where: { $0.kind == .xeAllocVram }) else {
        return nil
      }
      state.calls[place].attempts += 1
      return state.calls[place].attempts > 2 ? state.calls[place] : nil
    }
    guard let found, let call = found else { return }
    var breach = Breach(
      .triedTooOften, ObjectReference(kind: .svmRange, address: call.object, epoch: 1),
      serial: call.note.sequence.addingReportingOverflow(1 << 62).partialValue, note: note,
      since: call.note, "the allocation begins")
    breach.found = Int64(call.attempts)
    report(breach)
  }
}
