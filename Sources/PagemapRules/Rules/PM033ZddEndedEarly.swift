import PagemapEvents
import PagemapModel
import TraceWords

/// A zdd that ends before its folios.
struct ZddEndedEarly: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(33), slug: "zdd-ended-early", title: "zdd reference dropped twice",
    severity: .error, category: .refcountUnderflow,
    needs: [[.zddDestroy], [.folioFree], [.zoneDevicePageInit], [.migrateToDevmem]],
    kernels: "7.0 and later",
    invariant: "a zdd has one reference for each device folio and one for the migration that "
      + "fills it, and ends once with the last of them",
    kernelFunction: "drm_pagemap_zdd_destroy, drm_pagemap_folio_free "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R28", "R29"],
    why: "the allocation goes back to the driver while pages in it are mapped: their memory "
      + "is given to somebody else",
    looksLike: "drm_pagemap_zdd_destroy while folios of its allocation live, or "
      + "drm_pagemap_folio_free with a zdd that has ended",
    lookAlikes: [
      "addresses of zdds are reused within milliseconds: a migration to the device between "
        + "makes a new one"
    ],
    history: [
      HistoricalFix("", "drm/nouveau/dmem: fix callocated underflow on large folio split"),
      HistoricalFix("64ca4cdd1031", "drm/nouveau/dmem: pin VRAM for the whole registered range"),
    ])

  /// What is wrong.
  private enum Variant: Int { case endedWithFolios, endedTwice }

  static let looks = [
    Look.before(.zddDestroy) { mirror, event, objections in
      guard let address = event.zdd, address != 0 else { return }
      let note = EventNote(event, .zdd, .devmem, .dpagemap, .ref)
      let zdd = mirror.zdds[address]
      if zdd == nil, let end = mirror.zdds.end(of: address),
        end.detail == mirror.zdds.migrationsEntered
      {
        objections.report(late(.endedTwice, address, end, note))
      }
      if let breach = early(address, zdd, note, &mirror, event) { objections.report(breach) }
    },
    Look.before(.folioFree) { mirror, event, objections in
      guard mirror.zdds.hasEnds, let address = event.zdd, address != 0,
        let end = mirror.zdds.end(of: address), end.detail == mirror.zdds.migrationsEntered
      else { return }
      objections.report(
        late(.endedWithFolios, address, end, EventNote(event, .folio, .zdd, .zddRef)))
    },
  ]

  /// An event that names a zdd behind its end, where no migration can have made a new one.
  private static func late(
    _ variant: Variant, _ address: UInt64, _ end: RecentlyEnded.End, _ note: EventNote
  ) -> Breach {
    Breach(
      variant.rawValue, .zdd(address, epoch: end.epoch), .life(end.serial), note: note,
      since: end.note, "its last reference goes")
  }

  /// A zdd ends while folios of its allocation live.
  private static func early(
    _ address: UInt64, _ zdd: ZoneDeviceData?, _ note: EventNote,
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard mirror.recording.knowsFolios, mirror.recording.suggests(.folioFree),
      let bound = event.devmem ?? zdd?.allocation, let allocation = mirror.allocations[bound],
      allocation.folios.live > 0, !allocation.folios.areUnsure
    else { return nil }
    // A zdd that no event has named gets its life with its end: what names it later has the same cause.
    var breach = Breach(
      Variant.endedWithFolios.rawValue, .zdd(address, epoch: zdd?.epoch ?? 1),
      .life(zdd?.serial ?? mirror.nextSerial), note: note,
      since: allocation.created, "its allocation is offered")
    breach.object.mm = allocation.origin.mm
    breach.device = mirror.device(of: allocation)
    breach.found = Int64(allocation.folios.live)
    // One free may have gone unrecorded. If the folio lives, its free is still to come.
    if allocation.folios.live == 1 || !mirror.recording.isComplete { breach.isAmbiguous = true }
    return breach
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "zdd reference dropped twice",
      remark:
        "\(breach.variant == Variant.endedTwice.rawValue ? "it ends once more" : "too early")",
      explanation: [
        breach.variant == Variant.endedTwice.rawValue
          ? "it ended at \(since(breach)), and no migration made a new one since"
          : breach.found > 0
            ? "it ends while \(breach.found) folios of its allocation live"
            : "it ended at \(since(breach)), and a folio that is freed still names it"
      ],
      advice:
        "find the put too many: of a folio that was freed twice, a split that took no reference, or the migration's own"
    )
  }
}
