import PagemapEvents
import PagemapModel
import TraceWords

/// An error path that keeps what it mapped.
struct FailedGetPagesHolds: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(51), slug: "failed-get-pages", title: "failed drm_gpusvm_get_pages kept its hold",
    severity: .error, category: .dmaMapping,
    needs: [[.getPagesReturn]],
    kernels: "7.0 and later",
    invariant: "drm_gpusvm_get_pages that fails leaves nothing mapped and no pagemap held",
    kernelFunction: "drm_gpusvm_get_pages (drivers/gpu/drm/drm_gpusvm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R59"],
    why: "the mapping and the pagemap's reference stay until the range is mapped again, if "
      + "ever",
    looksLike: "drm_gpusvm_get_pages returns an error and the pages object names a pagemap",
    lookAlikes: [
      "a call that finds its pages valid returns 0 and changes nothing"
    ],
    history: [
      HistoricalFix(
        "7f708f51e395",
        "drm/gpusvm: publish dpagemap early to avoid device mapping leak on "
          + "error (CVE-2026-68240)"),
      HistoricalFix(
        "556dba954739", "drm/gpusvm: Force unmapping on error in drm_gpusvm_get_pages"),
      HistoricalFix("e8e3a804f384", "drm/gpusvm: set has_dma_mapping inside mapping loop"),
    ])

  static let looks = [
    Look.before(.getPagesReturn) { mirror, event, objections in
      guard let pages = event.svmPages, event.result ?? 0 < 0, let held = event.dpagemap,
        held != 0
      else { return }
      let key = TaskKey(event)
      var breach = Breach(
        0, .svmPages(pages), .event(event.sequence),
        note: EventNote(event, .svmPages, .dpagemap, .ref, .result),
        since: mirror.tasks.call(of: key, where: { $0.kind == .getPages })?.note,
        "the call begins")
      breach.device = mirror.pagemaps.device(of: held)
      // Another task may have filled them since this one failed.
      breach.isAmbiguous = mirror.tasks.areOthers(
        than: key, in: { $0.kind == .getPages && $0.object == pages })
      objections.report(breach)
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "failed drm_gpusvm_get_pages kept its hold",
      remark: "the pages object still names a pagemap",
      explanation: [
        "the call failed, yet the pages object holds a pagemap"
      ],
      advice:
        "the error path must unmap, with has_dma_mapping set as soon as the first page is mapped")
  }
}
