import PagemapEvents
import PagemapModel
import TraceWords

/// A reference of a pagemap that nobody is left to drop.
///
/// References are held by VM slots, VMA attributes, zdds and pages objects. Once every VM of the
/// pagemap's owner group has left, only zdds and pages objects may hold some; what the count shows
/// beyond them, and keeps showing, was leaked. Drivers may drop VMA references shortly after the
/// VM's peer left, so the judgement waits for the quiet time. Where the recording ends before that, a
/// later look at the count must show that it is still there, and no such late put may have been seen.
struct LeakedPagemapReference: Rule {
  static let interests: ObservationSet = [.groups]
  static let metadata = RuleMetadata(
    id: RuleID(1), slug: "leaked-pagemap-reference", title: "pagemap reference leaked",
    severity: .error, category: .leakReference,
    needs: [
      [.pagemapInit, .getFromCache, .getFromCacheReturn, .populateMM], [.pagemapPut],
      [.pagemapPutReturn], [.pagemapRelease], [.acquireOwnerReturn], [.releaseOwner],
      [.migrateToDevmem],
      [.migrateToDevmemReturn, .zoneDevicePageInit], [.zddDestroy],
    ],
    kernels: "7.0 and later",
    invariant: "every reference of a drm_pagemap is dropped by its holder; the count reaches 0 and "
      + "drm_pagemap_release runs once the last VM, VMA, zdd and pages object let go",
    kernelFunction: "drm_pagemap_put, drm_pagemap_release (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R01", "R67", "R68", "R70"],
    why: "the pagemap never reaches 0: its struct pages (64 bytes for each 4 KiB of device "
      + "memory), its provider's device and its module stay until the next boot",
    looksLike: "all VMs of the owner group have left, and the sampled count stays above what "
      + "zdds and pages objects hold; drm_pagemap_release does not run",
    lookAlikes: [
      "VMA attributes and zdds that give their references back after the VM left",
      "a lookup or an ioctl that holds one for its own duration",
      "holders that are older than the recording",
    ],
    history: [
      HistoricalFix("0cfe9c4838f1", "drm/xe: Fix memory leak in xe_vm_madvise_ioctl"),
      HistoricalFix(
        "9a3c0d683419", "drm/xe: Retain vma flags when recreating and splitting vmas for madvise"),
    ])

  /// Pagemaps that were found to leak while the recording went on.
  private var suspects: [(address: UInt64, serial: UInt64)] = []

  mutating func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .groupJoinedAfterIdle(let owner, let idleSince, let note) = observation else {
      return
    }
    for pagemap in context.mirror.pagemaps.ofOwner(owner) where pagemap.state == .active {
      judge(pagemap, idleSince, now: note.time, context)
      if context.isReported(pagemap.serial), suspects.count < RuleContext.findingLimit {
        suspects.append((pagemap.address, pagemap.serial))
      }
    }
  }

  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    // What was released after all had a holder that no event showed.
    for suspect in suspects {
      let pagemap = context.mirror.pagemaps[suspect.address]
      if pagemap?.serial != suspect.serial || pagemap?.state != .active {
        context.withdraw(suspect.serial, Self.metadata.id)
      }
    }
    for pagemap in sorted(context) {
      guard let owner = pagemap.home.owner, let group = context.mirror.owners.group(at: owner)
      else {
        continue
      }
      guard group.vmPeers == 0, let idleSince = group.idleSince else { continue }
      judge(pagemap, idleSince, now: end.time, context)
    }
  }

  private func sorted(_ context: RuleContext) -> [Pagemap] {
    context.mirror.pagemaps.filter { $0.state == .active }.sorted { $0.serial < $1.serial }
  }

  private func judge(
    _ pagemap: Pagemap, _ idleSince: EventNote, now: UInt64, _ context: RuleContext
  ) {
    guard !context.isReported(pagemap.serial), let sample = pagemap.references.sample,
      pagemap.references.unattributed ?? 0 > 0 || sample.slack > 0,
      !context.mirror.hasOpenCall(on: pagemap.address)
    else { return }
    let doubtful = context.mirror.allocations.count {
      $0.state == .doubtful && $0.pagemap == pagemap.address
    }
    var leaked = (pagemap.references.unattributed ?? 0) - Int64(doubtful)
    // Puts that were under way at the sample have long been done. Without a holder the count would
    // be 0 by now, and the release would have run.
    if sample.slack > 0, sample.value > 0, pagemap.references.explained + Int64(doubtful) == 0,
      context.mirror.recording.recordsRelease
    {
      leaked = max(leaked, 1)
    }
    guard leaked > 0 else { return }
    let still = max(idleSince.time, pagemap.references.lastPut?.time ?? 0)
    let look = laterLook(at: pagemap, since: still, context)
    let isLooked = context.end != nil && look != nil && still == idleSince.time
    guard isLooked || context.isQuiet(since: still, now: now) else { return }

    let hasUnknownHolders =
      pagemap.isAdopted
      || (context.mirror.owners.group(at: pagemap.home.owner ?? 0)?.unknownPeers ?? 0) > 0
    let isCertain =
      !hasUnknownHolders && context.isIntact(since: pagemap.created.time)
      && (context.end == nil || context.isProvenAbsent(since: pagemap.created.time))
    var finding = Finding(
      rule: Self.metadata.id, category: Self.metadata.category,
      severity: isCertain ? .error : (hasUnknownHolders ? .info : .warning), isCertain: isCertain,
      title: "\(count: leaked, "pagemap reference") leaked",
      object: context.reference(pagemap), firstSeen: firstSeen(pagemap, idleSince),
      explanation: explanation(pagemap, idleSince, leaked, now, hasUnknownHolders),
      evidence: evidence(pagemap, idleSince, look),
      advice: advice(pagemap))
    finding.ledger = ledger(pagemap, sample, leaked)
    context.report(finding, cause: .life(pagemap.serial), provedSince: pagemap.created.time)
  }

  /// A sample, or a count of the shrinker, taken when everybody had left.
  private func laterLook(at pagemap: Pagemap, since time: UInt64, _ context: RuleContext)
    -> EventNote?
  {
    if let note = pagemap.references.sample?.note, note.time > time, note.kind != .pagemapPutReturn
    {
      return note
    }
    if let cache = pagemap.home.cache, let shrinker = context.mirror.caches[cache]?.shrinker,
      let count = context.mirror.shrinkers[shrinker]?.lastCount, count.time > time
    {
      return count
    }
    return nil
  }

  private func firstSeen(_ pagemap: Pagemap, _ idleSince: EventNote) -> Moment {
    (pagemap.references.levels.first?.reached ?? idleSince).moment
  }

  private func explanation(
    _ pagemap: Pagemap, _ idleSince: EventNote, _ leaked: Int64, _ now: UInt64,
    _ hasUnknownHolders: Bool
  ) -> [Sentence] {
    var lines: [Sentence] = [
      "the last VM of owner group \(address: pagemap.home.owner ?? 0) left at \(time: idleSince.time); "
        + "of \(pagemap.references.sample?.value ?? 0) references \(pagemap.references.explained) are known to be held, "
        + "and drm_pagemap_release did not run in the \(duration: now &- idleSince.time) after it"
    ]
    for note in pagemap.references.abandoned {
      lines.append(
        "the VM that left at \(time: note.time) had a slot, and no put took its reference")
    }
    if hasUnknownHolders {
      lines.append("holders older than the recording may account for it")
    }
    return lines
  }

  private func evidence(_ pagemap: Pagemap, _ idleSince: EventNote, _ look: EventNote?)
    -> [Evidence]
  {
    var evidence = [pagemap.created.evidence("the count starts here")]
    if let level = pagemap.references.levels.first {
      if let below = level.below { evidence.append(below.evidence("every reference explained")) }
      evidence.append(level.reached.evidence("first event behind which one is not"))
    }
    for note in pagemap.references.history.all.suffix(4) { evidence.append(note.evidence()) }
    evidence.append(idleSince.evidence("the last VM of the group leaves"))
    if let look { evidence.append(look.evidence(remark(look))) }
    return ordered(evidence)
  }

  private func remark(_ look: EventNote) -> Sentence {
    look.kind == .shrinkerCountReturn
      ? "the pagemap is not on the shrinker's list" : "the count is still there"
  }

  private func ledger(_ pagemap: Pagemap, _ sample: Pagemap.Sample, _ leaked: Int64)
    -> ReferenceLedger
  {
    var ledger = ReferenceLedger(of: pagemap, sample)
    ledger.unattributed = leaked
    return ledger
  }

  private func advice(_ pagemap: Pagemap) -> Sentence {
    pagemap.references.abandoned.isEmpty
      ? "find the get in the interval above (VMA attribute, madvise, transient lookup) and its "
        + "missing drm_pagemap_put; record with stack traces to see the caller"
      : "look at the VM's close path: its slot must be put before drm_pagemap_release_owner"
  }
}
