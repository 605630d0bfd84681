import PagemapEvents
import PagemapModel
import TraceWords

/// A page whose owner structure is another device's.
struct ZddOfOtherPagemap: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(34), slug: "zdd-of-other-pagemap", title: "folio's zdd belongs to another pagemap",
    severity: .error, category: .lifecycle,
    needs: [[.folioFree], [.migrateToDevmem], [.pagemapInit]],
    kernels: "7.0 and later",
    invariant: "a folio's zone_device_data is a zdd of the pagemap that the folio's memory "
      + "belongs to",
    kernelFunction: "drm_pagemap_get_devmem_page (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R33"],
    why: "migrations ask the wrong device for the page's content",
    looksLike: "drm_pagemap_folio_free whose folio->pgmap is not that of its zdd's pagemap",
    lookAlikes: [
      "two tiles of one device have a pagemap each"
    ],
    history: [
      HistoricalFix(
        "12b2285bf3d1", "mm/zone_device: reinitialize large zone device private folios")
    ])

  static let looks = [
    Look.before(.folioFree) { mirror, event, objections in
      guard let pgmap = event.pgmap, !mirror.zdds.isNamedRight, let zdd = event.zdd, zdd != 0,
        let breach = foreign(zdd, pgmap, &mirror, event)
      else { return }
      objections.report(breach)
    }
  ]

  /// The zdd of a freed folio binds an allocation of another pagemap than the folio's memory.
  private static func foreign(
    _ zdd: UInt64, _ pgmap: UInt64, _ mirror: inout KernelMirror,
    _ event: borrowing PagemapEvent
  ) -> Breach? {
    // The allocation that the zdd is known to bind; without live folios it may be an earlier one's.
    guard let bound = mirror.zdds.allocation(of: zdd),
      let allocation = mirror.allocations[bound], allocation.zdd == zdd,
      allocation.folios.live > 0 || mirror.folios.allocation(of: event.folio ?? 0) == bound,
      let pagemap = allocation.pagemap.flatMap({ mirror.pagemaps[$0] }),
      pagemap.serial == allocation.pagemapSerial, let own = pagemap.home.pgmap, own != pgmap
    else { return nil }
    var breach = Breach(
      0, .zdd(zdd, epoch: 1), .life(allocation.serial),
      note: EventNote(event, .folio, .zdd, .pgmap), since: allocation.created,
      "its allocation is offered")
    breach.device = pagemap.home.device
    return breach
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "folio's zdd belongs to another pagemap",
      remark: "folio and zdd disagree",
      explanation: [
        "the zdd's allocation is one of another pagemap than the folio's memory"
      ],
      advice: "look at where the folio is initialised: pgmap and zone_device_data are set together")
  }
}
