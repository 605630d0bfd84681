import PagemapEvents
import PagemapModel
import TraceWords

/// An eviction whose result is wrong.
struct EvictionIncomplete: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(46), slug: "eviction-incomplete", title: "eviction said success and left pages",
    severity: .error, category: .evictionStuck,
    needs: [[.evictToRam], [.evictToRamReturn], [.zddDestroy]],
    kernels: "7.0 and later",
    invariant: "drm_pagemap_evict_to_ram returns 0 only when the allocation is detached, "
      + "after three attempts at most",
    kernelFunction: "drm_pagemap_evict_to_ram (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R49"],
    why: "the driver gives the memory to somebody else while pages in it are mapped",
    looksLike: "drm_pagemap_evict_to_ram returns 0 with detached not done while the zdd "
      + "lives, or begins a fourth attempt",
    lookAlikes: [
      "a CPU fault or the process's exit finishes the allocation: then the eviction returns 0 "
        + "and has copied nothing"
    ])

  /// How many passes an eviction makes at most.
  private static let passLimit = 3

  static let looks: [Look] =
    Look.before([.migrateVmaSetupReturn, .migrateDevicePfnsReturn]) { mirror, event, objections in
      guard let step = MigrationStep(&mirror, event), step.call.kind == .evictToRam,
        let passes = step.pass(&mirror)?.passes, passes >= passLimit
      else { return }
      let note =
        event.kind == .migrateVmaSetupReturn
        ? EventNote(event, .start, .cpages, .npages, .result)
        : EventNote(event, .npages, .result)
      objections.report(
        step.breach(
          &mirror, note, since: step.call.note, "the eviction begins", found: Int64(passes + 1)))
    }
    + Look.before([.evictToRamReturn]) { mirror, event, objections in
      guard event.result ?? 0 == 0, event.done == 0,
        !mirror.recording.isComplete || mirror.recording.recordsZddEnd,
        let step = MigrationStep(returnOf: .evictToRam, &mirror, event),
        mirror.allocations[step.call.object]?.serial == step.call.serial
      else { return }
      let note = EventNote(event, .devmem, .done, .result)
      var breach = step.breach(&mirror, note, since: step.call.note, "the eviction begins")
      if !mirror.recording.isComplete { breach.isAmbiguous = true }
      objections.report(breach)
    }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title:
        "eviction \(breach.found > 3 ? "tried more often than it may" : "said success and left pages")",
      remark: breach.found > 3 ? "collects once more" : "returns",
      explanation: [
        breach.found > 3
          ? "it collected pages \(breach.found) times, three are allowed"
          : "it returns 0, but detached is not done and the zdd lives"
      ],
      advice:
        "look at the loop in drm_pagemap_evict_to_ram: the result is completion_done of detached")
  }
}
