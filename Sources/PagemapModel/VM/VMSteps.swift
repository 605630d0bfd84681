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
    _ = vms.step(address, trigger, EventNote(event, .vm, .address))
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
}
