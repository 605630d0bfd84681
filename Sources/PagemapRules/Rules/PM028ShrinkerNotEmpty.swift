import PagemapEvents
import PagemapModel
import TraceWords

/// A shrinker that ends before its pagemaps.
struct ShrinkerNotEmpty: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(28), slug: "shrinker-not-empty", title: "shrinker ends with pagemaps on its list",
    severity: .error, category: .lifecycle,
    needs: [[.shrinkerFini]],
    kernels: "7.0 and later",
    invariant: "the shrinker's list is empty when drm_pagemap_shrinker_fini runs: every cache "
      + "ended before",
    kernelFunction: "drm_pagemap_shrinker_fini (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R18", "R19", "R53"],
    why: "the pagemaps on the list, their struct pages and their owner are lost, and they "
      + "point to freed memory",
    looksLike: "drm_pagemap_shrinker_fini with num_dpagemaps other than 0",
    lookAlikes: [
      "pagemaps that foreign VMs hold are not on the list: they are destroyed at their last "
        + "put"
    ])

  static let looks = [
    Look.before(.shrinkerFini) { mirror, event, objections in
      guard let length = event.num, length != 0, let address = event.shrinker, address != 0 else {
        return
      }
      let note = EventNote(event, .shrinker, .num)
      var breach: Breach
      // It is about the oldest that is left there, where one is known.
      if let oldest = mirror.oldestListed(on: address) {
        // That a lookup made another one instead of it says more.
        if mirror.successor(of: oldest) != nil { return }
        let queued = oldest.fate.queued
        breach = Breach(of: oldest, note: note, since: queued, "it is put on the list")
        // Only what came behind its way to the list counts.
        breach.provedSince = queued?.time ?? note.time
      } else {
        let cause = mirror.shrinkers[address].map { Cause.life($0.serial) }
        breach = Breach(0, .shrinker(address), cause ?? .event(event.sequence), note: note)
      }
      breach.found = length
      objections.report(breach)
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "shrinker ends with pagemaps on its list",
      remark: "num_dpagemaps is not 0",
      explanation: [
        "\(breach.found) pagemaps are on the list when the shrinker's memory goes"
      ],
      advice: "devres must free the caches before the shrinker: create the shrinker first")
  }
}
