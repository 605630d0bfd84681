import PagemapEvents
import PagemapModel
import TraceWords

/// An unmap that waits for pages which nobody frees.
struct UnmapBlocked: Rule {
  static let interests: ObservationSet = []
  static let metadata = RuleMetadata(
    id: RuleID(20), slug: "unmap-blocked",
    title: "device memory cannot be unmapped: pages of it live",
    severity: .error, category: .leakPage,
    needs: [[.memunmapPages], [.memunmapPagesReturn], [.zoneDevicePageInit], [.folioFree]],
    kernels: "7.0 and later",
    invariant: "no device folio of a pagemap lives when its memory is unmapped; "
      + "memunmap_pages waits for the last one",
    kernelFunction: "memunmap_pages (mm/memremap.c), xe_pagemap_destroy_work "
      + "(drivers/gpu/drm/xe/xe_svm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R09"],
    why: "unbinding the driver, or the worker that tears the pagemap down, blocks for ever",
    looksLike: "memunmap_pages is entered and does not return, while folios of its pages were "
      + "never freed",
    lookAlikes: [
      "a folio that a late reference keeps for a moment: memunmap_pages waits and returns"
    ],
    history: [
      HistoricalFix("ef233450898f", "mm: free device private pages have zero refcount")
    ])

  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    for (_, state) in context.mirror.tasks.all {
      for call in state.calls where call.kind == .memunmapPages {
        guard context.isQuiet(since: call.note.time, now: end.time) else { continue }
        report(call, end, context)
      }
    }
  }

  private func report(_ call: OpenCall, _ end: RuleContext.RecordingEnd, _ context: RuleContext) {
    let mirror = context.mirror
    let pagemaps = mirror.pagemaps.filter { $0.home.pgmap == call.object }
    guard let pagemap = pagemaps.max(by: { $0.serial < $1.serial }) else { return }
    let held = mirror.allocations.filter { allocation in
      allocation.folios.live > 0
        && mirror.pagemaps[allocation.pagemap ?? 0]?.home.pgmap == call.object
    }
    guard let oldest = held.min(by: { $0.serial < $1.serial }) else { return }
    let count = held.reduce(0) { $0 + $1.folios.live }
    let isCertain = context.isProvenAbsent(since: oldest.created.time)
    context.report(
      Finding(
        rule: Self.metadata.id, category: Self.metadata.category,
        severity: isCertain ? .error : .warning,
        isCertain: isCertain, title: Sentence(Self.metadata.title),
        object: context.reference(pagemap),
        firstSeen: call.note.moment,
        explanation: [
          "memunmap_pages waits since \(time: call.note.time); \(count) folios of its memory "
            + "live, the oldest in allocation \(address: oldest.address)"
        ],
        evidence: ordered([
          oldest.created.evidence("the allocation is offered"),
          call.note.evidence("waits for its folios"),
        ]),
        advice: "find who holds the folios: the processes that map them, or a leaked reference"),
      cause: .life(oldest.serial), provedSince: oldest.created.time)
  }
}
