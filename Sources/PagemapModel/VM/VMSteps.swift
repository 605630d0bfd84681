import PagemapEvents

/// A driver's VMs with shared virtual memory, and the attributes of their VMAs:
/// drivers/gpu/drm/xe/xe_svm.c and xe_vm_madvise.c.
extension KernelMirror {
  static let vmSteps: [StepRow] = [
    .on(.svmInit) { $0.svmInit($1) },
    .on(.svmClose) { $0.stepVM($1, .close) },
    .on(.svmFini) { $0.stepVM($1, .finish) },
    .on(.xeHandlePagefault) { $0.stepVM($1, .fault) },
    .on(.xeHandlePagefaultOnce) { $0.stepVM($1, .fault) },
    .on(.xeAllocVram) { $0.enter($1, object: $1.range ?? 0) },
    .on(.xeAllocVramReturn) { _ = $0.leave($1, from: .xeAllocVram) },
    .on(.xeVmaMemAttrCopyReturn) { $0.prefer($1) },
    .on(.xeVmaDestroyLate) { $0.destroyVMA($1) },
  ]

  private mutating func svmInit(_ event: borrowing PagemapEvent) {
    guard let address = event.vm, address != 0, vms.hasRoom else { return }
    vms.begin(
      XeVM(since: EventNote(event, .vm), epoch: lives.begin(address), serial: lives.takeSerial()),
      at: address)
  }

  private mutating func stepVM(_ event: borrowing PagemapEvent, _ trigger: XeVM.Trigger) {
    guard let address = event.vm else { return }
    let note = EventNote(event, .vm, .address)
    if vms.step(address, trigger, note) == false { checkClosed(address, event, note) }
  }

  /// `xe_vma_mem_attr_copy` returned: the attribute holds what the other one prefers.
  private mutating func prefer(_ event: borrowing PagemapEvent) {
    guard let attribute = event[.attr], attribute != 0, event.dpagemap != nil else { return }
    vms.prefer(event.dpagemap, by: attribute, EventNote(event, .attr, .dpagemap))
  }

  /// `xe_vma_destroy_late`: the VMA's attribute drops what it holds.
  private mutating func destroyVMA(_ event: borrowing PagemapEvent) {
    guard let address = event[.attr], let attribute = vms.destroyVMA(of: address) else { return }
    news.tellEnd(of: attribute, .vmaAttribute, address)
  }

  // MARK: Breaches

  /// A VM was used after it was closed, or closed twice.
  private mutating func checkClosed(
    _ address: UInt64, _ event: borrowing PagemapEvent, _ note: EventNote
  ) {
    // A VM may fail to be made, and ends without having been closed.
    guard let vm = vms[address], vm.state != .open, !vm.since.isTwin(of: event) else { return }
    news.report(
      Breach(
        .vmAfterClose, ObjectReference(kind: .vm, address: address, epoch: vm.epoch),
        serial: vm.serial, note: note, since: vm.since,
        vm.state == .closed ? "the VM is closed" : "the VM is finished"))
  }

  /// `xe_svm_alloc_vram` populates twice at most: the second time after one eviction of the range.
  mutating func checkTries(_ event: borrowing PagemapEvent) {
    guard let call = tasks.populates(TaskKey(event)), call.attempts > 2 else { return }
    var breach = Breach(
      .triedTooOften, ObjectReference(kind: .svmRange, address: call.object, epoch: 1),
      .call(call.note.sequence), note: EventNote(event, .dpagemap, .start, .end),
      since: call.note, "the allocation begins")
    breach.found = Int64(call.attempts)
    news.report(breach)
  }
}
