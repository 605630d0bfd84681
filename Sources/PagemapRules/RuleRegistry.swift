/// All rules, in the order of their ids.
package enum RuleRegistry {
  static let rules: [any (Rule & Sendable).Type] = [
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
  ]

  /// What is to be known of each rule without running it, by id.
  package static let all: [RuleMetadata] = rules.map { $0.metadata }.sorted { $0.id < $1.id }

  /// The rule with this id; nil where there is none.
  package static func metadata(of id: RuleID) -> RuleMetadata? { all.first { $0.id == id } }
}
