import PagemapEvents
import PagemapModel
import TraceWords

/// A lock that was left locked, seen by what follows.
struct PreemptCount: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(54), slug: "preempt-count", title: "function left with another preempt count",
    severity: .error, category: .protocol,
    needs: [[.shrinkerFini, .cacheLockLookup, .migrateToDevmem, .evictToRam, .populateMM]],
    needsPreemptCounts: true,
    kernels: "7.0 and later",
    invariant: "functions leave the preempt count as they found it, and those that sleep are "
      + "entered with 0",
    kernelFunction: "drm_pagemap_cache_fini (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R64"],
    why: "a spinlock was left locked: the CPU no longer schedules, and the next one that "
      + "wants the lock spins for ever",
    looksLike: "a function that sleeps is entered with a preempt count above 0, by a task, "
      + "not in an interrupt",
    lookAlikes: [
      "a softirq that frees a page has a count above 0",
      "the tracer's own handlers add one or two to the count that they record",
    ],
    history: [
      HistoricalFix(
        "67253b28a61f", "drm/pagemap_util: Ensure proper cache lock management on free"),
      HistoricalFix(
        "8efaa47a8716", "drm/gpusvm: Fix unbalanced unlock in drm_gpusvm_scan_mm (CVE-2026-63863)"),
    ])

  static let looks = PreemptionRoom.kinds.map { kind in
    Look.before(kind) { mirror, event, objections in
      guard let context = event.context, context.isKnown, context.isTask,
        let found = mirror.preemption.judge(context.preemptCount, in: event.kind)
      else { return }
      var breach = Breach(
        0, sleeper(&mirror, event), .task(event.pid),
        note: EventNote(event, .cache, .shrinker, .dpagemap, .devmem))
      breach.isAmbiguous = !found.isSure
      breach.found = Int64(found.excess)
      objections.report(breach)
    }
  }

  /// What the function works on.
  private static func sleeper(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> ObjectReference {
    if let cache = event.cache { return .cache(cache) }
    if let shrinker = event.shrinker { return .shrinker(shrinker) }
    if let address = event.dpagemap, let pagemap = mirror.pagemaps[address] {
      return .pagemap(pagemap)
    }
    return ObjectReference(
      kind: .task, address: UInt64(UInt32(bitPattern: event.pid)), epoch: 1)
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "function left with another preempt count",
      remark: "entered with a preempt count that it must not have",
      explanation: [
        "the preempt count is \(breach.found), and the function may sleep"
      ],
      advice:
        "look at the modelled functions that this task ran before: one of them kept a spinlock")
  }
}
