import PagemapEvents
import PagemapModel
import TraceWords

/// An eviction that ends without having emptied its allocation, though nobody was in its way.
///
/// `drm_pagemap_evict_to_ram` tries three times. It may fail where a fault or another migration
/// works on the same pages, or where the process is going away; else somebody holds a page. A fault
/// holds its page a little before `drm_pagemap_migrate_to_ram` is entered, so one that comes right
/// behind the eviction, and ends the allocation, was in its way as well.
struct EvictionStuck: Rule {
  static let interests: ObservationSet = [.cpuFaults, .endedAllocations, .evictions]
  static let metadata = RuleMetadata(
    id: RuleID(11), slug: "eviction-stuck", title: "eviction did not finish", severity: .warning,
    category: .evictionStuck,
    needs: [[.evictToRam], [.evictToRamReturn], [.migrateToDevmem], [.migrateToRam]],
    kernels: "7.0 and later",
    invariant:
      "drm_pagemap_evict_to_ram returns 0 once the allocation is detached, in at most three "
      + "attempts",
    kernelFunction: "drm_pagemap_evict_to_ram (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R49"],
    why: "device memory cannot be taken back: allocations fail although memory could be freed",
    looksLike: "drm_pagemap_evict_to_ram fails with detached not done, and no other call "
      + "overlaps",
    lookAlikes: [
      "three attempts, the last of which succeeds",
      "a CPU fault or an exit that holds a page for a moment",
      "-EFAULT when the process exits",
    ],
    history: [
      HistoricalFix(
        "60a2e6146ca9", "drm/xe: Keep walking on SVM eviction failure")
    ])

  private struct Stuck {
    var first: EvictionCall
    var object: ObjectReference
    var attempts = 1
    var recovered: EventNote?
    /// The other task whose fault came right behind the eviction.
    var racer: Int32?
  }

  private var stuck: [UInt64: Stuck] = [:]
  private static let limit = 256
  /// -EFAULT: the last user of the address space was gone, and `exit_mmap` is about to begin.
  private static let addressSpaceGone: Int64 = -14

  mutating func observe(_ observation: Observation, _ context: RuleContext) {
    switch observation {
    case .evictionReturned(let call):
      let serial = call.allocation.serial
      guard call.result < 0, call.isDone == false, !call.overlapped, !call.isExiting else { return }
      if call.result == Self.addressSpaceGone, !context.mirror.recording.recordsExitEntry { return }
      if stuck[serial] != nil {
        stuck[serial]?.attempts += 1
      } else if stuck.count < Self.limit {
        stuck[serial] = Stuck(
          first: call, object: context.reference(call.allocation))
      }
    case .allocationEnded(let allocation, let note):
      guard !stuck.isEmpty, let entry = stuck[allocation.serial] else { return }
      let isExiting =
        entry.first.result == Self.addressSpaceGone && context.mirror.isExiting(allocation)
      if isExiting || (entry.racer == note.pid && entry.attempts == 1) {
        stuck[allocation.serial] = nil
      } else {
        stuck[allocation.serial]?.recovered = note
      }
    case .cpuFault(let fault):
      guard !stuck.isEmpty, let entry = stuck[fault.allocationSerial],
        fault.note.pid != entry.first.entry.pid,
        fault.note.time &- entry.first.returned.time <= context.thresholds.evictionRaceTime
      else { return }
      stuck[fault.allocationSerial]?.racer = fault.note.pid
    default: break
    }
  }

  func finish(_ context: RuleContext) {
    for (serial, entry) in stuck.sorted(by: { $0.key < $1.key }) {
      let call = entry.first
      if call.result == Self.addressSpaceGone,
        let allocation = context.mirror.allocations[call.allocation.address],
        allocation.serial == serial, context.mirror.isExiting(allocation)
      {
        continue
      }
      // Another call may have begun long before, as long as there was something to work on.
      let start = call.allocation.isAdopted ? 0 : call.allocation.created.time
      var lines: [Sentence] = [
        "drm_pagemap_evict_to_ram returned -\(errno: -call.result) with detached.done 0 while no "
          + "other call worked on the allocation or its range; "
          + "\(count: entry.attempts, "such attempt")"
      ]
      var evidence = [call.entry.evidence(), call.returned.evidence("nothing else was in its way")]
      if let recovered = entry.recovered {
        lines.append(
          "it recovered: the allocation was detached at \(time: recovered.time), "
            + "\(duration: recovered.time &- call.returned.time) later")
        evidence.append(recovered.evidence("the allocation ends"))
      } else {
        lines.append("it was still there when the recording ended")
      }
      // A call on an allocation that is older than the recording may have begun before it.
      let isKnown =
        !call.allocation.isAdopted && context.isIntact(from: start, to: call.returned.time)
      context.report(
        Finding(
          rule: Self.metadata.id, category: Self.metadata.category, severity: .warning,
          isCertain: isKnown,
          title: "eviction did not finish",
          object: entry.object, firstSeen: call.returned.moment, explanation: lines,
          evidence: ordered(evidence),
          advice: "somebody holds a reference of a page in the allocation: look for pins "
            + "(get_user_pages, pagevec) and for failed migrations that keep a folio"),
        cause: .life(serial), provedSince: .max)
    }
  }
}
