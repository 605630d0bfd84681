import PagemapEvents
import PagemapModel
import TraceWords

/// A copy that nothing protects.
struct CopyOutsideMigration: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(41), slug: "copy-outside-migration",
    title: "copy outside a migration, or in the wrong direction",
    severity: .error, category: .protocol,
    needs: [
      [.copyToRam, .copyToDevmem, .xeSvmCopy], [.migrateVmaPagesReturn, .migrateDevicePagesReturn],
      [.migrateVmaFinalize, .migrateDeviceFinalize],
    ],
    kernels: "7.0 and later",
    invariant: "the driver copies while source and destination are locked: between the "
      + "collection and the move, and in the direction of the migration",
    kernelFunction: "drm_pagemap_migrate_range, drm_pagemap_evict_to_ram "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R38", "R47"],
    why: "the copy reads or writes pages that processes change or that are somebody else's",
    looksLike: "a copy behind the move or the finalization of its pass, or copy_to_devmem in "
      + "a fault or an eviction",
    lookAlikes: [
      "between devices the source's copy_to_ram is called, though no system memory is "
        + "involved"
    ])

  /// What is wrong.
  private enum Variant: Int { case outside, direction }

  static let looks = Look.before([.copyToDevmem, .copyToRam, .xeSvmCopy]) {
    mirror, event, objections in
    guard let step = MigrationStep(&mirror, event) else { return }
    let note = EventNote(event, .npages, .direction)
    if event.kind == .copyToDevmem, step.call.kind != .migrateToDevmem {
      objections.report(
        step.breach(
          &mirror, note, since: step.call.note, "pages are to go to RAM",
          variant: Variant.direction.rawValue))
    }
    guard let pass = mirror.migrations.pass(of: step.key), !pass.allows(.copy),
      pass.recordsStart, let since = pass.finalized ?? pass.since
    else { return }
    objections.report(
      step.breach(
        &mirror, note, since: since,
        pass.finalized == nil ? "the moves are decided" : "the pass ended here",
        variant: Variant.outside.rawValue))
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "copy outside a migration, or in the wrong direction",
      remark: "copies",
      explanation: [
        breach.variant == Variant.direction.rawValue
          ? "pages go to system memory, and the copy goes to the device"
          : "the pages of this pass are no longer locked since \(since(breach))"
      ],
      advice: "copies belong behind migrate_vma_setup or migrate_device_pfns and before the move")
  }
}
