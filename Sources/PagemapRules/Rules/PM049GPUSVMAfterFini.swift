import PagemapEvents
import PagemapModel
import TraceWords

/// A mirror of an address space that is used after its end.
struct GPUSVMAfterFini: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(49), slug: "gpusvm-after-fini", title: "drm_gpusvm used after its end",
    severity: .error, category: .useAfterDestroy,
    needs: [[.gpusvmInit], [.gpusvmFini], [.getPages, .rangeFindOrInsert, .rangeEvict]],
    kernels: "7.0 and later",
    invariant: "no range is found, mapped or evicted once drm_gpusvm_fini ran",
    kernelFunction: "drm_gpusvm_fini (drivers/gpu/drm/drm_gpusvm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R72"],
    why: "the trees of notifiers and ranges are freed memory",
    looksLike: "drm_gpusvm_get_pages, drm_gpusvm_range_find_or_insert or "
      + "drm_gpusvm_range_evict with a gpusvm that drm_gpusvm_fini had",
    lookAlikes: [
      "drm_gpusvm_fini itself removes the ranges that are left"
    ],
    history: [
      HistoricalFix(
        "b46ddaf08234", "drm/nouveau/svm: drain fault handler before freeing svmm")
    ])

  static let looks =
    Look.before([.gpusvmFini, .rangeFindOrInsert, .rangeEvict, .getPages]) {
      mirror, event, objections in
      // `drm_gpusvm_fini` itself removes ranges.
      guard let address = event.gpusvm, let gpusvm = mirror.svms.gpusvm(at: address),
        !gpusvm.allows(.use), !gpusvm.since.isTwin(of: event)
      else { return }
      var object = ObjectReference(kind: .gpusvm, address: address, epoch: gpusvm.epoch)
      object.mm = gpusvm.mm
      objections.report(
        Breach(
          0, object, .life(gpusvm.serial), note: EventNote(event, .gpusvm, .range, .svmPages),
          since: gpusvm.since, "it is finished"))
    }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "drm_gpusvm used after its end",
      remark: "used",
      explanation: [
        "it was finished at \(since(breach))"
      ],
      advice: "drain the fault handler and the garbage collector before drm_gpusvm_fini")
  }
}
