import PagemapEvents
import PagemapModel
import TraceWords

/// Pages that move to a device that is gone.
struct MigrationAfterUnplug: Rule {
  static let interests: ObservationSet = [.migrations]
  static let metadata = RuleMetadata(
    id: RuleID(10), slug: "migration-after-unplug", title: "migration after unplug",
    severity: .error, category: .migrateAfterUnplug,
    needs: [
      [.drmDevUnplug], [.populateMM], [.migrateToDevmem], [.migrateToDevmemReturn],
      [.shrinkerCreate],
    ],
    kernels: "7.0 and later",
    invariant:
      "after drm_dev_unplug the provider's populate_mm returns -ENODEV and no page moves to "
      + "the device",
    kernelFunction: "drm_dev_enter in populate_mm (drivers/gpu/drm/xe/xe_svm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R53"],
    why: "the driver touches hardware that is gone",
    looksLike: "drm_pagemap_migrate_to_devmem begins after drm_dev_unplug and succeeds",
    lookAlikes: [
      "calls that began before the unplug",
      "foreign VMs that put their references afterwards",
    ])

  func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .migrationReturned(let call) = observation, let unplugged = call.unpluggedAt,
      let began = call.populateEntry, began >= unplugged,
      call.pages > 0 || (call.result == 0 && !call.zddEnded)
    else { return }
    // The entry of drm_dev_unplug is recorded, not the moment when it takes effect.
    let late = began - unplugged
    guard late >= context.thresholds.unplugSettleTime else { return }
    let isCertain = context.isIntact(since: unplugged)
    guard let pagemap = context.mirror.pagemaps[call.pagemap] else { return }
    var evidence = [call.entry.evidence("begins after the unplug"), call.returned.evidence()]
    if let drm = pagemap.home.drm, let unplug = context.mirror.devices[drm]?.unplugged {
      evidence.append(unplug.evidence("the device goes"))
    }
    context.report(
      Finding(
        rule: Self.metadata.id, category: Self.metadata.category,
        severity: isCertain ? .error : .warning, isCertain: isCertain,
        title: "migration to an unplugged device", object: context.reference(pagemap),
        firstSeen: call.entry.moment,
        explanation: [
          "drm_dev_unplug was entered at \(time: unplugged); the migration began "
            + "\(duration: late) later and \(Self.outcome(call))"
        ],
        evidence: ordered(evidence),
        advice: "the provider's populate_mm must fail when drm_dev_enter does"),
      cause: .life(pagemap.serial), provedSince: unplugged)
  }

  private static func outcome(_ call: MigrationCall) -> Sentence {
    call.pagesAreKnown ? "initialised \(call.pages) device pages" : "succeeded"
  }
}
