import PagemapEvents
import PagemapModel
import TraceWords

/// A VM that works on after its end.
struct VMAfterClose: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(55), slug: "vm-after-close", title: "VM used after it was closed",
    severity: .error, category: .useAfterDestroy,
    needs: [[.svmInit], [.svmClose], [.xeHandlePagefault, .xeHandlePagefaultOnce, .svmFini]],
    kernels: "7.0 and later, Intel xe",
    invariant: "a VM is closed, then finished, and handles no fault behind its close",
    kernelFunction: "xe_svm_close, xe_svm_fini (drivers/gpu/drm/xe/xe_svm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R71", "R72"],
    why: "the fault handler works on slots that were put and on ranges that are freed",
    looksLike: "xe_svm_handle_pagefault, or a second close, of a VM behind xe_svm_close",
    lookAlikes: [
      "ranges and attributes of a VM are dropped behind its close"
    ],
    history: [
      HistoricalFix(
        "b46ddaf08234", "drm/nouveau/svm: drain fault handler before freeing svmm"),
      HistoricalFix(
        "24a22fb3c731", "drm/xe/vm: nuke PTs only after unlinking contested VMAs"),
    ])

  static let looks = [
    (PagemapEvent.Kind.svmClose, XeVM.Trigger.close), (.svmFini, .finish),
    (.xeHandlePagefault, .fault), (.xeHandlePagefaultOnce, .fault),
  ].map { kind, trigger in
    Look.before(kind) { mirror, event, objections in
      // A VM may fail to be made, and ends without having been closed.
      guard let address = event.vm, let vm = mirror.vms[address], !vm.allows(trigger),
        vm.state != .open, !vm.since.isTwin(of: event)
      else { return }
      objections.report(
        Breach(
          0, ObjectReference(kind: .vm, address: address, epoch: vm.epoch), .life(vm.serial),
          note: EventNote(event, .vm, .address), since: vm.since,
          vm.state == .closed ? "the VM is closed" : "the VM is finished"))
    }
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "VM used after it was closed",
      remark: "used",
      explanation: [
        "it was closed at \(since(breach))"
      ],
      advice: "drain the fault queue before xe_svm_close")
  }
}
