import PagemapEvents
import PagemapRules

/// What a text's events tell of its probes, since it does not name them.
enum TextProbes {
  /// Events that begin lives, and those that end them: where only ends are met, the probe of the beginning
  /// is missing, or the recording began later.
  private static let births: [(birth: PagemapEvent.Kind, ends: [PagemapEvent.Kind])] = [
    (.pagemapInit, [.pagemapRelease, .pagemapDestroy]),
    (.devmemInit, [.zddDestroy, .devmemRelease]),
    (.zoneDevicePageInit, [.folioFree]),
    (.acquireOwnerReturn, [.releaseOwner]),
    (.cacheCreateReturn, [.cacheFini]),
    (.shrinkerCreateReturn, [.shrinkerFini]),
    (.gpusvmInit, [.gpusvmFini]),
    (.rangeFindOrInsertReturn, [.rangeRemove]),
  ]

  /// What a rule needs, and no event of the text gave, though it must have happened; nil without.
  static func unseenBirth(
    for rule: RuleMetadata, in inventory: ProbeInventory
  ) -> [PagemapEvent.Kind]? {
    rule.needs.first { need in
      !inventory.holds(anyOf: need)
        && births.contains { need.contains($0.birth) && inventory.holds(anyOf: $0.ends) }
    }
  }
}
