import PagemapEvents
import PagemapModel
import TraceWords

/// The list of unused pagemaps and what is told of it.
struct ShrinkerList: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(23), slug: "shrinker-list", title: "shrinker's list and its count disagree",
    severity: .error, category: .lifecycle,
    needs: [
      [.shrinkerAdd], [.shrinkerScan], [.shrinkerCancel], [.shrinkerCancelReturn],
      [.cacheFini, .drmDevUnplug],
    ],
    kernels: "7.0 and later",
    invariant: "a pagemap is on the shrinker's list once, from its release to its revival or "
      + "end, and the count is the list's length",
    kernelFunction: "drm_pagemap_shrinker_add, drm_pagemap_shrinker_count "
      + "(drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R14"],
    why: "a count that is too low hides memory from reclaim; a negative one makes reclaim "
      + "scan for ever; a double insertion corrupts the list",
    looksLike: "num_dpagemaps below zero, drm_pagemap_shrinker_add of a listed pagemap, or "
      + "drm_pagemap_shrinker_count that misses one which is listed for long",
    lookAlikes: [
      "SHRINK_EMPTY (-2) when the list is empty",
      "counts taken while a lookup or a scan changes the list",
      "num_dpagemaps that drm_pagemap_shrinker_add samples behind the device's end, in freed memory",
    ])

  static let looks = [
    Look.before(.shrinkerAdd) { mirror, event, objections in
      if samplesOwnList(&mirror, event), let breach = belowZero(&mirror, event) {
        objections.report(breach)
      }
      if let breach = addedTwice(&mirror, event) { objections.report(breach) }
    },
    Look.after(.shrinkerScan) { mirror, event, objections in
      if let breach = belowZero(&mirror, event) { objections.report(breach) }
    },
    Look.after(.shrinkerCountReturn) { mirror, event, objections in
      if let breach = tooLow(&mirror, event) { objections.report(breach) }
    },
  ]

  /// How long a pagemap must have been on the list to be in every later count, in nanoseconds.
  private static let settleTime: UInt64 = 100_000_000

  /// Whether what `drm_pagemap_shrinker_add` samples through the pagemap's cache is the shrinker's
  /// own: behind an unplug both may be freed memory.
  private static func samplesOwnList(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Bool {
    guard let shrinker = event.shrinker, mirror.shrinkers.contains(shrinker),
      let cache = event.cache, mirror.caches.end(at: cache) == nil,
      let pagemap = event.dpagemap, let drm = mirror.pagemaps.drm(of: pagemap)
    else { return false }
    return !mirror.devices.isUnplugged(drm)
  }

  /// The list's length, as an event sampled it, is never negative.
  private static func belowZero(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard let length = event.num, length < 0, let address = event.shrinker else { return nil }
    let cause = mirror.shrinkers[address].map { Cause.life($0.serial) }
    var breach = Breach(
      0, .shrinker(address), cause ?? .event(event.sequence),
      note: EventNote(event, .shrinker, .num))
    breach.found = length
    return breach
  }

  /// `drm_pagemap_shrinker_add` of a pagemap that is on the list.
  private static func addedTwice(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard let address = event.dpagemap, let pagemap = mirror.pagemaps[address],
      pagemap.state == .cached, !pagemap.allows(.queue), let queued = pagemap.fate.queued
    else { return nil }
    return Breach(
      of: pagemap, note: EventNote(event, .dpagemap, .cache, .num), since: queued,
      "it is on the list")
  }

  /// A count that misses pagemaps which are surely on the list.
  private static func tooLow(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard let address = event.shrinker, mirror.recording.recordsCancel, !isChanging(mirror.tasks)
    else { return nil }
    let time = event.timestamp
    var listed: [Pagemap] = []
    for pagemap in mirror.pagemaps.onList(of: address) where mirror.shrinker(of: pagemap) == address
    {
      guard let queued = pagemap.fate.queued, queued.time &+ settleTime < time,
        let drm = pagemap.home.drm, !mirror.devices.isUnplugged(drm)
      else { continue }
      listed.append(pagemap)
    }
    let count = max(event.result ?? 0, 0)
    guard count < listed.count, let oldest = listed.min(by: { $0.serial < $1.serial }) else {
      return nil
    }
    var breach = Breach(
      of: oldest, note: EventNote(event, .shrinker, .result), since: oldest.fate.queued,
      "it is put on the list")
    breach.found = count
    breach.expected = Int64(listed.count)
    return breach
  }

  /// Whether some task is in a function that takes pagemaps off a list.
  private static func isChanging(_ tasks: borrowing TaskRoom) -> Bool {
    guard tasks.areCallersKnown else { return true }
    return tasks.areLookingUp
      || tasks.areAnyCallers { $0.kind == .shrinkerScan || $0.kind == .shrinkerCancel }
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "shrinker's list and its count disagree",
      remark: "the list as it is told",
      explanation: [
        breach.expected > 0
          ? "\(breach.expected) pagemaps are on the list for long, the count is \(breach.found)"
          : breach.found < 0
            ? "the count is \(breach.found)" : "it is on the list since \(since(breach))"
      ],
      advice:
        "look at the places that change num_dpagemaps: add, cancel, scan, each once under the lock")
  }
}
