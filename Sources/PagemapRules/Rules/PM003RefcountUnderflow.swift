import PagemapEvents
import PagemapModel
import TraceWords

/// A reference of a pagemap that was dropped twice.
///
/// It shows as a put below zero, as a saturated count, as a release while a known holder lives, or
/// as a count that stays below what the known holders need. Whatever the stolen reference leads to
/// (a use while the pagemap is cached, a count that is not 0 at its destroy) is evidence of it.
struct RefcountUnderflow: Rule {
  static let interests: ObservationSet = [.pagemapUses]
  static let metadata = RuleMetadata(
    id: RuleID(3), slug: "refcount-underflow", title: "pagemap reference dropped twice",
    severity: .error, category: .refcountUnderflow,
    needs: [[.pagemapPut, .zddDestroy], [.pagemapInit], [.pagemapReinit]],
    kernels: "7.0 and later",
    invariant: "a drm_pagemap has at least as many references as holders, and each holder puts its "
      + "own exactly once",
    kernelFunction: "drm_pagemap_put (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R01", "R02", "R07"],
    why: "the pagemap is freed while somebody uses it",
    looksLike: "a put below zero, a saturated count, drm_pagemap_release while a zdd or a "
      + "pages object holds a reference, or a count that stays below the known holders",
    lookAlikes: [
      "drm_pagemap_put(NULL)",
      "samples taken while gets and puts of other tasks are under way",
      "drm_pagemap_zdd_destroy puts a pagemap without an event of its own",
    ],
    history: [
      HistoricalFix(
        "", "drm/pagemap: Add a refcounted drm_pagemap backpointer to struct drm_pagemap_zdd"),
      HistoricalFix("", "drm/amdkfd: don't drop an SVM CWSR reference that was never taken"),
    ])

  func observe(_ observation: Observation, _ context: RuleContext) {
    switch observation {
    case .impossibleCount(let use):
      report(use, "the count is \(count(use.note)): saturated or below zero", context)
    case .releasedWhileHeld(let use):
      report(use, held(use.pagemap), context)
    case .usedWithoutReference(let use):
      let isPut = use.note.kind == .pagemapPut || use.note.kind == .zddDestroy
      guard isPut || !use.deficits.isEmpty else { return }
      let what: Sentence =
        isPut
        ? "\(use.note.kind.label) after the last reference went"
        : "used by a holder whose reference another task had dropped"
      report(use, what, context)
    default: break
    }
  }

  /// Puts that stayed unexplained: their task had let its VM leave, and that VM's put was another.
  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    for deficit in context.mirror.deficits.all where deficit.isOverdrawn {
      guard context.isQuiet(since: deficit.put.time, now: end.time), isOpen(deficit, context) else {
        continue
      }
      let known = context.mirror.pagemaps[deficit.pagemap]
      guard let pagemap = known, pagemap.serial == deficit.pagemapSerial else { continue }
      let use = PagemapUse(pagemap: pagemap, note: deficit.put, deficits: [deficit])
      report(
        use, "the put left \(deficit.value) where known holders need \(deficit.needed)", context)
    }
  }

  private func count(_ note: EventNote) -> Int64 {
    note.keptFields.first { $0.field == .ref }.map { Int64(bitPattern: $0.value) } ?? 0
  }

  private func held(_ pagemap: Pagemap) -> Sentence {
    var holders: [Sentence] = []
    if pagemap.references.zdds > 0 { holders.append("\(pagemap.references.zdds) zdd") }
    if pagemap.references.svmPages > 0 {
      holders.append("\(pagemap.references.svmPages) drm_gpusvm_pages")
    }
    return "released while \(holders.joined(separator: " and ")) held references"
  }

  /// Whether holders that count would have been seen to end: a text does not tell its probes.
  private func holdersEnd(_ pagemap: Pagemap, _ context: RuleContext) -> Bool {
    let recording = context.mirror.recording
    return (pagemap.references.svmPages == 0 || recording.recordsPagesEnd)
      && (pagemap.references.zdds == 0 || recording.recordsZddEnd)
  }

  private func report(_ use: PagemapUse, _ what: Sentence, _ context: RuleContext) {
    let pagemap = use.pagemap
    let put = use.deficits.first { $0.isOverdrawn } ?? use.deficits.first
    var evidence = pagemap.references.history.all.suffix(5).map { $0.evidence() }
    var lines: [Sentence] = []
    if let put {
      evidence.append(
        put.put.evidence("leaves \(put.value), known holders need \(put.needed)"))
      lines.append(
        "the put at \(time: put.put.time) left a count of \(put.value) where the known holders "
          + "need \(put.needed): it dropped somebody else's")
    }
    lines.append("\(what) at \(time: use.note.time)")
    if let released = pagemap.fate.released {
      evidence.append(released.evidence("the last reference goes"))
    }
    evidence.append(use.note.evidence(what))
    let first = put?.put ?? use.note
    let isCertain = context.isIntact(since: pagemap.created.time) && holdersEnd(pagemap, context)
    var finding = Finding(
      rule: Self.metadata.id, category: Self.metadata.category,
      severity: isCertain ? .error : .warning, isCertain: isCertain,
      title: "pagemap reference dropped twice", object: context.reference(pagemap),
      firstSeen: first.moment, explanation: lines, evidence: ordered(evidence),
      advice: "look at the code that ran the put at \(time: first.time) on behalf of task "
        + "\(task: first.pid): it dropped a reference that it did not hold")
    if let sample = pagemap.references.sample {
      finding.ledger = ReferenceLedger(of: pagemap, sample)
    }
    context.report(finding, cause: .life(pagemap.serial), provedSince: pagemap.created.time)
  }
}

/// Whether a put is still unexplained: a VM that had a slot is still joined, and the pagemap either
/// ended or still has fewer references than its holders need.
func isOpen(_ deficit: Deficit, _ context: RuleContext) -> Bool {
  guard !context.isReported(deficit.pagemapSerial) else { return false }
  let mirror = context.mirror
  guard deficit.holders.contains(where: { mirror.owners.peer(ofSerial: $0) != nil }) else {
    return false
  }
  guard let pagemap = mirror.pagemaps[deficit.pagemap], pagemap.serial == deficit.pagemapSerial,
    pagemap.state == .active
  else { return true }
  return pagemap.references.deficit > 0
}
