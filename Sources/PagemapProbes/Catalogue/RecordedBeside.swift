package import PagemapEvents

/// What a recording takes beside the probes.
extension ProbeCatalogue {
  /// The static tracepoints that the tables know, as system and name. A kernel without the driver
  /// has none of them.
  package static let tracepoints: [(system: String, event: String)] =
    PagemapEvent.Kind.allCases.filter { $0 != .kernelStack }.compactMap { kind in
      kind.system.map { (system: $0, event: kind.origin.function) }
    }

  /// The events at which a pagemap's or a zdd's reference changes hands: who called is worth a stack.
  package static let stackKinds: Set<PagemapEvent.Kind> = [
    .pagemapInitReturn, .pagemapReinitReturn, .pagemapPut, .pagemapRelease, .pagemapDestroy,
    .getFromCacheReturn, .getFromCacheIfActiveReturn, .cacheSetPagemap, .migrateToDevmem,
    .folioSplit, .zddDestroy, .getPagesReturn, .unmapPages, .freePages,
  ]
}
