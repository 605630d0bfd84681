import PagemapEvents
import PagemapModel
import TraceWords

/// A migration where none may be.
struct MigrationInNotifier: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(48), slug: "migration-in-notifier", title: "migration within an mmu notifier",
    severity: .error, category: .protocol,
    needs: [[.notifierInvalidate], [.notifierInvalidateReturn], [.migrateToDevmem, .evictToRam]],
    kernels: "7.0 and later",
    invariant: "an mmu notifier unmaps and invalidates; it does not migrate and drops no "
      + "reference of an address space",
    kernelFunction: "drm_gpusvm_notifier_invalidate (drivers/gpu/drm/drm_gpusvm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R79"],
    why: "the notifier waits for locks that its caller holds: the process and its device "
      + "memory hang",
    looksLike: "drm_pagemap_migrate_to_devmem or drm_pagemap_evict_to_ram between entry and "
      + "return of drm_gpusvm_notifier_invalidate by one task",
    lookAlikes: [
      "a migration calls notifiers: they are within it, not it within them"
    ],
    history: [
      HistoricalFix(
        "a29e067bd389", "drm/amdkfd: Don't call mmput from MMU notifier callback")
    ])

  static let looks = [
    Look.before(.migrateToDevmem) { mirror, event, objections in
      look(EventNote(event, .devmem, .dpagemap, .start, .end), &mirror, event, &objections)
    },
    Look.before(.evictToRam) { mirror, event, objections in
      look(EventNote(event, .devmem, .dpagemap, .done), &mirror, event, &objections)
    },
  ]

  /// Nothing migrates from within an mmu notifier: it must not sleep on what it interrupted.
  private static func look(
    _ note: EventNote, _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent,
    _ objections: inout Objections
  ) {
    guard let address = event.devmem, address != 0,
      !mirror.recording.isComplete
        || mirror.recording.proves(.notifierInvalidate, .notifierInvalidateReturn),
      let call = mirror.tasks.call(
        of: TaskKey(event), where: { $0.kind == .notifierInvalidate })
    else { return }
    let allocation = mirror.allocations[address]
    var breach = Breach(
      0, allocation.map { .allocation($0) } ?? .task(note.pid),
      allocation.map { .life($0.serial) } ?? .call(call.note.sequence), note: note,
      since: call.note, "the notifier runs")
    breach.device = allocation.flatMap { mirror.device(of: $0) }
    if !mirror.recording.isComplete { breach.isAmbiguous = true }
    objections.report(breach, onceReturned: call.note)
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "migration within an mmu notifier",
      remark: "a migration begins",
      explanation: [
        "the notifier runs since \(since(breach)), and the same task migrates in it"
      ],
      advice: "leave the work to a worker that runs behind the notifier")
  }
}
