package import PagemapModel

/// All rules, in the order of their ids.
package enum RuleRegistry {
  /// The types, one a rule, from which a run makes its rules.
  package static let rules: [any (Rule & Sendable).Type] = [
    LeakedPagemapReference.self,
    LeakedDevicePage.self,
    RefcountUnderflow.self,
    UseAfterDestroy.self,
    DoubleMigration.self,
    RedundantMigration.self,
    MigrationPingPong.self,
    OwnerNeverLeft.self,
    DuplicatePagemap.self,
    MigrationAfterUnplug.self,
    EvictionStuck.self,
    CPUFaultLivelock.self,
    ReleasedTwice.self,
    ReinitInUse.self,
    ReleaseWithoutFate.self,
    DestroyedTwice.self,
    DestroyedInUse.self,
    SleepingDestroy.self,
    ProviderHeld.self,
    UnmapBlocked.self,
    UnmappedTwice.self,
    LookupLock.self,
    ShrinkerList.self,
    CacheGaveDead.self,
    CacheLostPagemap.self,
    StaleQueued.self,
    CacheAfterFini.self,
    ShrinkerNotEmpty.self,
    PeerTwice.self,
    OwnerMismatch.self,
    OwnerReused.self,
    ForeignMigration.self,
    ZddEndedEarly.self,
    ZddOfOtherPagemap.self,
    AllocationReleasedTwice.self,
    InitWhileLive.self,
    FolioFreedTwice.self,
    FaultOnFreePage.self,
    FolioFreedInUse.self,
    NotFinalized.self,
    CopyOutsideMigration.self,
    ClearedBeforeUnmap.self,
    MappingKept.self,
    MovedAfterFailedCopy.self,
    CopiedNothing.self,
    EvictionIncomplete.self,
    MovedInTimeslice.self,
    MigrationInNotifier.self,
    GPUSVMAfterFini.self,
    RangeRemovedTwice.self,
    FailedGetPagesHolds.self,
    PagesOfUnmapped.self,
    OverlongCall.self,
    PreemptCount.self,
    VMAfterClose.self,
    TriedTooOften.self,
  ]

  /// What is to be known of each rule without running it, by id.
  package static let all: [RuleMetadata] = rules.map { $0.metadata }.sorted { $0.id < $1.id }

  /// The rule with this id; nil where there is none.
  package static func metadata(of id: RuleID) -> RuleMetadata? { all.first { $0.id == id } }

  /// The looks that rules take at the mirror, each with the number of its rule.
  package static func looks(of rules: [any (Rule & Sendable).Type]) -> [Look] {
    rules.flatMap { rule in
      rule.looks.map { look in
        var look = look
        look.rule = rule.metadata.id.number
        return look
      }
    }
  }
}
