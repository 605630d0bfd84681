import PagemapEvents
import PagemapModel
import TraceWords

/// A retry that copies what it does not have.
struct CopiedNothing: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(45), slug: "copied-nothing",
    title: "pages mapped and copied although none was populated",
    severity: .error, category: .doubleMigration,
    needs: [
      [.mapArraysReturn, .populateRamPfnMpages, .migrateDevicePfnsReturn],
      [.mapArraysReturn, .populateRamPfnMpages, .migrateMapSystemPages, .copyToRam],
      [.evictToRam, .migrateToRam],
    ],
    kernels: "7.0 and later; mended in 7.2.7 and 7.3",
    invariant: "each attempt of a migration to system memory counts its pages from 0, and "
      + "maps and copies only what it populated",
    kernelFunction: "drm_pagemap_migrate_populate_ram_pfn, drm_pagemap_evict_to_ram "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R49"],
    why: "the copy runs over arrays of an earlier attempt or of none: stale data, or a device "
      + "access to page 0",
    looksLike: "a later attempt of drm_pagemap_evict_to_ram enters with a count above 0, or "
      + "maps and copies though no page of its arrays is marked",
    lookAlikes: [
      "an attempt that finds nothing to migrate unmaps all the same: the unmap finds nothing",
      "up to three attempts, each with pages of its own",
    ],
    history: [
      HistoricalFix(
        "8eae39cd0adf", "drm/pagemap: Reset migration page count on eviction retry")
    ])

  static let looks: [Look] =
    Look.before([.copyToDevmem, .copyToRam, .xeSvmCopy, .migrateMapSystemPages]) {
      mirror, event, objections in
      guard let step = MigrationStep(&mirror, event),
        let nothing = step.pass(&mirror)?.populatedNothing
      else { return }
      let note = EventNote(event, .npages, .direction)
      objections.report(step.breach(&mirror, note, since: nothing, "no page is to be migrated"))
    }
    + Look.before([.mapArraysReturn]) { mirror, event, objections in
      // Where the arrays of what was mapped are whole and empty, nothing was populated.
      guard event.isWhole(.mapped), event.arrays.isEmpty(.mapped),
        let step = MigrationStep(&mirror, event), step.call.kind != .migrateToDevmem
      else { return }
      let note = EventNote(event, .npages, .result)
      objections.report(
        step.breach(&mirror, note, since: step.call.note, "the migration begins"))
    }
    + Look.before([.populateRamPfnMpages]) { mirror, event, objections in
      // `drm_pagemap_migrate_populate_ram_pfn` counts from 0 in every attempt.
      guard let count = event.mpages, count != 0, count <= event.npages ?? .max,
        let step = MigrationStep(&mirror, event)
      else { return }
      objections.report(
        step.breach(
          &mirror, EventNote(event, .npages, .mpages), since: step.call.note,
          "the migration begins", found: Int64(clamping: count)))
    }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pages mapped and copied although none was populated",
      remark: "\(breach.found > 0 ? "the count of an earlier attempt" : "nothing to map or copy")",
      explanation: [
        breach.found > 0
          ? "the attempt begins with a count of \(breach.found) pages that an earlier one left"
          : "no page was to be migrated, yet pages are mapped or copied"
      ],
      advice: "the fix is in 7.2.7 and 7.3: the count starts from 0 in every attempt")
  }
}
