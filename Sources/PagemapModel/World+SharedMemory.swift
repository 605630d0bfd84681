import PagemapEvents

/// The references that `struct drm_gpusvm_pages` hold: drivers/gpu/drm/drm_gpusvm.c.
extension World {
  /// Takes in an event of drm_gpusvm. Answers false where it is none.
  mutating func applyToSharedMemory(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .getPages: beginGetPages(event)
    case .getPagesReturn: pagesGotten(event)
    case .unmapPages, .freePages:
      recordsPagesEnd = true
      letGo(of: event.svmPages)
      if event.kind == .freePages, let pages = event.svmPages {
        flaggedPages[pages] = nil
        pagesOwners[pages] = nil
      }
    default: return applyToRanges(event)
    }
    return true
  }

  private mutating func beginGetPages(_ event: borrowing PagemapEvent) {
    checkGPUSVM(event)
    checkLookupLeft(event)
    learnPages(event)
    enter(event, object: event.svmPages ?? event.range ?? 0)
  }

  /// `drm_gpusvm_get_pages` returned: the pages object holds a reference of the pagemap that its
  /// device pages belong to, or none.
  private mutating func pagesGotten(_ event: borrowing PagemapEvent) {
    let call = leave(event, from: .getPages)
    if let call { checkDuration(of: call, event) }
    guard let pages = event.svmPages else { return }
    letGo(of: pages)
    let note = EventNote(event, .svmPages, .dpagemap, .ref, .result)
    checkGotten(pages, call, event, note)
    guard let pagemap = event.dpagemap, pagemap != 0 else { return }
    adoptPagemap(pagemap, note)
    guard checkUse(pagemap, note, event.ref) else { return }
    if countsPages {
      svmPages[pages] = pagemap
      pagemaps[pagemap]?.svmPages += 1
    }
    samplePagemap(event)
  }

  private mutating func letGo(of pages: UInt64?) {
    guard let pages, let pagemap = svmPages.removeValue(forKey: pages),
      let count = pagemaps[pagemap]?.svmPages, count > 0
    else { return }
    pagemaps[pagemap]?.svmPages = count - 1
  }
}
