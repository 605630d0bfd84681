import PagemapEvents
import PagemapModel
import TraceWords

/// Pages that stay locked.
struct NotFinalized: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(40), slug: "migration-not-finalized", title: "collected pages never finalized",
    severity: .error, category: .protocol,
    needs: [
      [.migrateVmaPagesReturn, .migrateDevicePagesReturn],
      [.migrateVmaFinalize, .migrateDeviceFinalize],
      [.migrateToDevmemReturn, .migrateToRamReturn, .evictToRamReturn],
    ],
    kernels: "7.0 and later",
    invariant: "pages that migrate_vma_setup or migrate_device_pfns collected go through the "
      + "move and the finalization in the same call",
    kernelFunction: "migrate_vma_setup, migrate_vma_pages, migrate_vma_finalize "
      + "(mm/migrate_device.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R37", "R41"],
    why: "the pages stay locked and unmapped: every fault on them waits for ever",
    looksLike: "the drm_pagemap function returns, or collects again, while a pass has no "
      + "migrate_vma_finalize",
    lookAlikes: [
      "a setup that collects nothing (cpages is 0) is followed by nothing"
    ],
    history: [
      HistoricalFix(
        "63451de16e0a", "mm/migrate_device: fix spinlock leak in migrate_vma_insert_huge_pmd_page"),
      HistoricalFix(
        "b570f37a2ce4", "mm: Fix a hmm_range_fault() livelock / starvation problem"),
    ])

  static let looks: [Look] =
    Look.before([.migrateVmaSetupReturn, .migrateDevicePfnsReturn]) { mirror, event, objections in
      let note =
        event.kind == .migrateVmaSetupReturn
        ? EventNote(event, .start, .cpages, .npages, .result)
        : EventNote(event, .npages, .result)
      guard let step = MigrationStep(&mirror, event),
        let breach = unfinished(step, &mirror, note)
      else { return }
      objections.report(breach)
    }
    + Look.before([.migrateVmaPagesReturn, .migrateDevicePagesReturn]) {
      mirror, event, objections in
      guard let step = MigrationStep(&mirror, event), let pass = step.pass(&mirror),
        pass.recordsStart, pass.state == .idle, pass.passes > 0, let finalized = pass.finalized
      else { return }
      let note = EventNote(event, .start, .npages)
      objections.report(step.breach(&mirror, note, since: finalized, "the pass ended here"))
    }
    + Look.beforeReturnWithPages { step, mirror, event, objections in
      let breach = unfinished(step, &mirror, EventNote(event, .devmem, .page, .result))
      if let breach { objections.report(breach) }
    }

  /// Collected pages that were not finalized when the next pass begins, or when the call returns.
  private static func unfinished(
    _ step: MigrationStep, _ mirror: inout KernelMirror, _ note: @autoclosure () -> EventNote
  ) -> Breach? {
    guard let pass = step.pass(&mirror), pass.state != .idle, let since = pass.since,
      mirror.recording.suggests(pass.isVMA ? .migrateVmaFinalize : .migrateDeviceFinalize)
    else { return nil }
    var breach = step.breach(&mirror, note(), since: since, "pages are locked from here on")
    if !mirror.recording.isComplete { breach.isAmbiguous = true }
    return breach
  }

  /// Passes that nobody finalized by the end of the recording: their tasks are stuck in them.
  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    for (pass, call) in context.mirror.openPasses {
      guard let since = pass.since, end.time >= since.time,
        context.isQuiet(since: since.time &+ 9 &* context.thresholds.quietTime, now: end.time)
      else { continue }
      let allocation = context.mirror.allocations[call.object].flatMap {
        $0.serial == call.serial ? $0 : nil
      }
      let isCertain = context.isProvenAbsent(since: call.note.time)
      context.report(
        Finding(
          rule: Self.metadata.id, category: Self.metadata.category,
          severity: isCertain ? .error : .warning, isCertain: isCertain,
          title: Sentence(Self.metadata.title),
          object: allocation.map(context.reference)
            ?? ObjectReference(
              kind: .task, address: UInt64(UInt32(bitPattern: since.pid)), epoch: 1),
          firstSeen: since.moment,
          explanation: [
            "the pages are locked since \(time: since.time), and \(call.note.kind.label) did "
              + "not finalize them in the \(duration: end.time - since.time) that were recorded after"
          ],
          evidence: [
            call.note.evidence("the call begins"), since.evidence("pages are locked from here on"),
          ],
          advice: "the task is stuck in mm/migrate_device.c or in the driver's copy: look at its "
            + "kernel stack"),
        cause: allocation.map { .life($0.serial) } ?? .call(call.note.sequence),
        provedSince: call.note.time)
    }
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "collected pages never finalized",
      remark: "the pass is not finalized",
      explanation: [
        "the pages are locked since \(since(breach)), and the call goes on without finalizing them"
      ],
      advice: "look at the error path behind the collection: it must go through the finalization")
  }
}
