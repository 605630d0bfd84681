import PagemapEvents

/// The references that `struct drm_gpusvm_pages` hold: drivers/gpu/drm/drm_gpusvm.c.
extension World {
  /// Takes in an event of drm_gpusvm. Answers false where it is none.
  mutating func applyToSharedMemory(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .getPagesReturn: pagesGotten(event)
    case .unmapPages, .freePages:
      recordsPagesEnd = true
      letGo(of: event.svmPages)
    default: return false
    }
    return true
  }

  /// `drm_gpusvm_get_pages` returned: the pages object holds a reference of the pagemap that its
  /// device pages belong to, or none.
  private mutating func pagesGotten(_ event: borrowing PagemapEvent) {
    guard let pages = event.svmPages else { return }
    letGo(of: pages)
    guard let pagemap = event.dpagemap, pagemap != 0 else { return }
    let note = EventNote(event, .svmPages, .dpagemap, .ref)
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
