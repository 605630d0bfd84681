import PagemapEvents
import PagemapModel
import TraceWords

/// Device memory that stays although nothing can map it any more.
///
/// A device folio lives while a process maps it or somebody holds a reference of it. When the
/// process's `exit_mmap` returned, or the device is gone, the rest must follow; a folio that stays
/// keeps its zdd, the zdd its allocation and its pagemap. Where page inits are not recorded the zdd
/// stands for its folios.
struct LeakedDevicePage: Rule {
  static let interests: ObservationSet = []
  static let metadata = RuleMetadata(
    id: RuleID(2), slug: "leaked-device-page", title: "device page leaked", severity: .error,
    category: .leakPage,
    needs: [
      [.migrateToDevmem], [.migrateToDevmemReturn], [.folioFree], [.zddDestroy],
      [.migrateToRam],
    ],
    kernels: "7.0 and later",
    invariant: "every device folio of a process is freed once its address space is gone, and its "
      + "zdd ends with the last of them",
    kernelFunction:
      "drm_pagemap_folio_free, drm_pagemap_zdd_destroy (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R09", "R28", "R53"],
    why: "device memory stays allocated, and the zdd keeps its allocation and a reference of "
      + "the pagemap",
    looksLike: "drm_pagemap_folio_free never comes for a folio although the process's "
      + "exit_mmap returned, or the device is gone",
    lookAlikes: [
      "folios freed late, in a softirq or by another task that held a reference",
      "pages that a forked child still maps",
    ],
    history: [
      HistoricalFix(
        "c4d10b811c53", "drm/nouveau/svm: Fix refcount leak bug and missing check against null bug"),
      HistoricalFix(
        "847b371debf3", "drm/gpusvm: Fix MM reference leak in drm_gpusvm_range_evict"),
    ])

  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    reportEmpty(end, context)
    let mirror = context.mirror
    let leaked = mirror.allocations.filter { $0.state == .bound || $0.zdd != nil }
      .filter { mirror.recording.knowsFolios ? $0.folios.live > 0 : true }
      .sorted { $0.serial < $1.serial }
    guard !leaked.isEmpty else { return }
    let folios = liveFolios(of: leaked, mirror)
    var unnamed = mirror.zdds.sorted.filter { $0.value.allocation == nil }.sorted {
      $0.value.serial < $1.value.serial
    }
    for allocation in leaked {
      guard let proof = proof(for: allocation, end, context) else { continue }
      let folio = folios[allocation.serial]
      let zdd = folio == nil ? zddOf(allocation, &unnamed, mirror) : nil
      report(allocation, proof, folio, zdd, end, context)
    }
  }

  /// Zdds that stay although the last folio of their allocation was freed: a reference of the zdd
  /// itself was not put.
  private func reportEmpty(_ end: RuleContext.RecordingEnd, _ context: RuleContext) {
    let mirror = context.mirror
    guard mirror.recording.knowsFolios else { return }
    let empty = mirror.allocations.filter {
      $0.state == .bound && $0.hasReturned && $0.folios.live == 0 && !$0.isAdopted
        && !$0.folios.areUnsure
        && (mirror.recording.recordsSplits || !$0.folios.hadLarge)
    }
    var unnamed = mirror.zdds.sorted.filter { $0.value.allocation == nil }.sorted {
      $0.value.serial < $1.value.serial
    }
    for allocation in empty.sorted(by: { $0.serial < $1.serial }) {
      guard let emptied = allocation.folios.emptied,
        context.isQuiet(since: emptied.time, now: end.time)
      else { continue }
      let proof = Proof(
        note: emptied,
        reason: "the last folio of allocation \(address: allocation.address) was freed at "
          + "\(time: emptied.time) and its zdd did not end",
        isCertain: context.isProvenAbsent(since: allocation.created.time))
      report(allocation, proof, nil, zddOf(allocation, &unnamed, mirror), end, context)
    }
  }

  /// Why an allocation should have ended.
  private struct Proof {
    var note: EventNote
    var reason: Sentence
    var isCertain: Bool
  }

  private func proof(
    for allocation: DeviceAllocation, _ end: RuleContext.RecordingEnd, _ context: RuleContext
  ) -> Proof? {
    let mirror = context.mirror
    let pagemap = allocation.pagemap.flatMap { mirror.pagemaps[$0] }
    let isWhole = context.isProvenAbsent(since: allocation.created.time)
    if let exited = allocation.mmExited {
      let sharers = mirror.addressSpaces.sharers(of: allocation.origin.mm)
      guard context.isQuiet(since: exited.time, now: end.time), sharers?.living.isEmpty ?? true
      else { return nil }
      return Proof(
        note: exited,
        reason:
          "the address space \(address: allocation.origin.mm ?? 0) is gone since \(time: exited.time)",
        isCertain: isWhole && sharers == nil)
    }
    // The driver evicts one allocation after the other once the device is gone.
    if let drm = pagemap?.home.drm, let unplugged = mirror.devices[drm]?.unplugged,
      context.isQuiet(
        since: max(unplugged.time, pagemap?.references.lastZddEnd?.time ?? 0), now: end.time)
    {
      return Proof(
        note: unplugged, reason: "the device is gone since \(time: unplugged.time)",
        isCertain: isWhole)
    }
    // Without exit_mmap a process that lives on may map the pages: no proof, but worth a look once
    // no VM is left to use them.
    guard !mirror.recording.recordsExit, let owner = pagemap?.home.owner,
      let group = mirror.owners.group(at: owner),
      group.vmPeers == 0, let idle = group.idleSince,
      context.isQuiet(since: idle.time, now: end.time)
    else { return nil }
    return Proof(
      note: idle,
      reason: "no VM of its owner group is left since \(time: idle.time); exit_mmap is not "
        + "recorded, so a process that lives on may still map it",
      isCertain: false)
  }

  /// The live folio with the lowest address of each allocation, and how many there are.
  private func liveFolios(of leaked: [DeviceAllocation], _ mirror: KernelMirror) -> [UInt64:
    LiveFolio]
  {
    var found: [UInt64: LiveFolio] = [:]
    mirror.folios.forEachLive(of: Set(leaked.map(\.serial))) { page, folio in
      var entry = found[folio.allocationSerial] ?? LiveFolio(page: page, folio: folio, count: 0)
      entry.count += 1
      if page < entry.page {
        entry.page = page
        entry.folio = folio
      }
      found[folio.allocationSerial] = entry
    }
    return found
  }

  private struct LiveFolio {
    var page: UInt64
    var folio: DeviceFolio
    var count: Int
  }

  /// The zdd of an allocation: the one that events tied to it, else the oldest that freed folios
  /// named and that no allocation has.
  private func zddOf(
    _ allocation: DeviceAllocation,
    _ unnamed: inout [(key: UInt64, value: ZoneDeviceData)], _ mirror: KernelMirror
  ) -> (address: UInt64, data: ZoneDeviceData)? {
    if let zdd = allocation.zdd, let data = mirror.zdds[zdd] { return (zdd, data) }
    let pgmap = allocation.pagemap.flatMap { mirror.pagemaps[$0]?.home.pgmap }
    guard
      let place = unnamed.firstIndex(where: { $0.value.pgmap == nil || $0.value.pgmap == pgmap })
    else { return nil }
    let found = unnamed.remove(at: place)
    return (found.key, found.value)
  }

  private func report(
    _ allocation: DeviceAllocation, _ proof: Proof, _ folio: LiveFolio?,
    _ zdd: (address: UInt64, data: ZoneDeviceData)?, _ end: RuleContext.RecordingEnd,
    _ context: RuleContext
  ) {
    let whole = context.reference(allocation)
    var object = whole
    var lines: [Sentence] = ["\(proof.reason), and the recording goes on until \(time: end.time)"]
    var title: Sentence = "device allocation leaked"
    var evidence = [allocation.created.evidence("the allocation is offered")]
    if let bound = allocation.bound { evidence.append(bound.evidence("its pages are in use")) }
    if let folio {
      object = ObjectReference(
        kind: .folio, address: folio.page, epoch: folio.folio.epoch, device: whole.device)
      title = folio.count == 1 ? "device page leaked" : "\(folio.count) device pages leaked"
      lines.append(
        "\(count: folio.count, "folio") of allocation "
          + "\(address: allocation.address) never reached drm_pagemap_folio_free: somebody holds a "
          + "reference of \(folio.count == 1 ? "it" : "them")")
      evidence.append(initEvidence(folio))
    } else if let zdd {
      object = ObjectReference(
        kind: .zdd, address: zdd.address, epoch: zdd.data.epoch, device: whole.device)
      title = "zdd leaked"
      if let rest = zdd.data.references, rest > 0 {
        lines.append("\(rest) of its references were left when a folio last gave one back")
      }
      evidence.append(zdd.data.last.evidence("the last event that names the zdd"))
    }
    object.mm = allocation.origin.mm
    lines.append(
      "the zdd keeps allocation \(address: allocation.address) and one pagemap reference")
    evidence.append(proof.note.evidence("from here on nothing should map it"))
    context.report(
      Finding(
        rule: Self.metadata.id, category: Self.metadata.category,
        severity: proof.isCertain ? .error : .warning, isCertain: proof.isCertain, title: title,
        object: object, firstSeen: proof.note.moment, explanation: lines,
        evidence: ordered(evidence),
        advice: "look for a page reference that is not dropped: a pin, a failed migration's folio, "
          + "a get_page without put_page on the fault path"),
      cause: .life(allocation.serial), provedSince: allocation.created.time)
  }

  private func initEvidence(_ folio: LiveFolio) -> Evidence {
    Evidence(
      moment: Moment(time: folio.folio.time, cpu: folio.folio.cpu, pid: folio.folio.pid),
      event: "\(PagemapEvent.Kind.zoneDevicePageInit.label)",
      detail:
        "page=\(address: folio.page) order=\(folio.folio.order) — no drm_pagemap_folio_free of it",
      sequence: folio.folio.sequence)
  }
}
