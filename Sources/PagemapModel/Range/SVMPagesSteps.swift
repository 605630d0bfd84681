import PagemapEvents

/// Pages objects and the references they hold: drivers/gpu/drm/drm_gpusvm.c.
extension KernelMirror {
  static let svmPagesSteps: [StepRow] = [
    .on(.getPages) { $0.getPages($1) },
    .on(.getPagesReturn) { $0.getPagesReturn($1) },
    .on(.unmapPages) { $0.unmapPages($1) },
    .on(.freePages) { $0.freePages($1) },
    .on(.rangeSetUnmapped) { $0.rangeSetUnmapped($1) },
    .on(.deviceMapReturn) { $0.countMapping($1, 1) },
    .on(.deviceUnmap) { $0.countMapping($1, -1) },
  ]

  /// `drm_gpusvm_get_pages`.
  private mutating func getPages(_ event: borrowing PagemapEvent) {
    noteLookupLeft(event)
    learnPages(event)
    enter(event, object: event.svmPages ?? event.range ?? 0)
  }

  /// `drm_gpusvm_get_pages` returned: the pages object holds a reference of the pagemap that its
  /// device pages belong to, or none.
  private mutating func getPagesReturn(_ event: borrowing PagemapEvent) {
    let call = leave(event, from: .getPages)
    guard let pages = event.svmPages else { return }
    letGo(of: pages)
    let note = EventNote(event, .svmPages, .dpagemap, .ref, .result)
    // A call that began behind the flag maps what must not be mapped, and what it maps counts.
    if event.result == 0, let call, let flagged = svms.pages(at: pages)?.flagged,
      flagged.time < call.note.time
    {
      svms.forgetFlag(of: pages)
    }
    guard let pagemap = event.dpagemap, pagemap != 0 else {
      if event.result == 0 { svms.map(pages, holding: nil) }
      return
    }
    adoptPagemap(pagemap, note)
    guard checkUse(pagemap, note, event.ref) else { return }
    if recording.countsPages {
      svms.map(pages, holding: pagemap)
      pagemaps.gainPages(pagemap)
    }
    samplePagemap(event)
  }

  /// `drm_gpusvm_unmap_pages`.
  private mutating func unmapPages(_ event: borrowing PagemapEvent) { letGo(of: event.svmPages) }

  /// `drm_gpusvm_free_pages`.
  private mutating func freePages(_ event: borrowing PagemapEvent) {
    guard let pages = event.svmPages else { return }
    letGo(of: pages)
    if let object = svms.free(pages) { news.tellEnd(of: object, .svmPages, pages) }
  }

  private mutating func letGo(of pages: UInt64?) {
    guard let pages, let pagemap = svms.unmap(pages) else { return }
    pagemaps.losePages(pagemap)
  }

  /// `drm_gpusvm_range_set_unmapped`: the process unmapped the memory.
  private mutating func rangeSetUnmapped(_ event: borrowing PagemapEvent) {
    guard let pages = event.svmPages, pages != 0 else { return }
    svms.flag(pages, EventNote(event, .range, .svmPages))
  }

  /// A device page is mapped, or unmapped, for another device within `drm_gpusvm_get_pages`.
  private mutating func countMapping(_ event: borrowing PagemapEvent, _ change: Int64) {
    if change > 0 {
      guard let address = event.address, address != .max else { return }
    }
    tasks.countMapping(change, by: TaskKey(event))
  }

  /// Learns which range a pages object is part of: drivers put both into one structure.
  private mutating func learnPages(_ event: borrowing PagemapEvent) {
    guard let pages = event.svmPages, pages != 0,
      let range = svms.lastRange(of: TaskKey(event))
    else { return }
    if range < pages, pages &- range <= 1024, svms.range(at: range)?.state == .inTree {
      svms.learnRange(range, ofPages: pages)
    }
  }
}
