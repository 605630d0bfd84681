/// Folios of an allocation, and the zdd that they share.
extension PagemapScenario {
  /// `drm_pagemap_folio_free` of one folio, or of all that are given.
  package mutating func freeFolios(
    _ allocation: Allocation, _ folios: [UInt64]? = nil, isMigrated: Bool = false
  ) {
    for folio in folios ?? allocation.folios {
      emitFree(allocation, folio, isMigrated: isMigrated)
      putZdd(allocation)
    }
  }

  /// `drm_pagemap_folio_free` is entered.
  package mutating func emitFree(
    _ allocation: Allocation, _ folio: UInt64, isMigrated: Bool = false, pgmap: UInt64? = nil
  ) {
    let references = ScenarioFormats.Value.signed(state.zdds[allocation.zdd] ?? 0)
    emit(
      "drm_pagemap_folio_free",
      [
        "folio": .number(folio), "zdd": .number(allocation.zdd | (isMigrated ? 1 : 0)),
        "pgmap": .number(pgmap ?? state.pgmap(of: allocation.pagemap)),
        "zref0": isMigrated ? -1_613_005 : references,
        "zref1": isMigrated ? references : 1_613_005,
        "flags": allocation.order == 0 ? 0x27_ffff_c002_201c : 0x27_ffff_c002_205c,
        "flags1": .number(0x27_ffff_c002_2000 | allocation.order),
      ])
  }

  /// `drm_pagemap_folio_split` of the allocation's folios into single pages.
  package mutating func split(_ allocation: Allocation) {
    for folio in allocation.folios {
      for page in 1..<(UInt64(1) << allocation.order) {
        emit(
          "drm_pagemap_folio_split",
          [
            "orig_folio": .number(folio), "new_folio": .number(folio + page * 64),
            "zdd": .number(allocation.zdd),
          ])
        state.zdds[allocation.zdd, default: 0] += 1
      }
    }
  }

  /// A reference of the zdd goes; with the last one `drm_pagemap_zdd_destroy` runs.
  package mutating func putZdd(_ allocation: Allocation) {
    state.zdds[allocation.zdd, default: 0] -= 1
    guard state.zdds[allocation.zdd] == 0 else { return }
    state.zdds[allocation.zdd] = nil
    destroyZdd(allocation)
    drop(allocation.pagemap)
  }

  /// `drm_pagemap_zdd_destroy` up to, not including, the put of the pagemap.
  package mutating func destroyZdd(_ allocation: Allocation) {
    emit(
      "drm_pagemap_zdd_destroy",
      [
        "zdd": .number(allocation.zdd), "devmem": .number(allocation.devmem),
        "dpagemap": .number(allocation.pagemap),
        "ref": .signed(state.references(of: allocation.pagemap)),
        "size": .number(allocation.pages * 4096),
      ])
    state.detached.insert(allocation.devmem)
  }
}
