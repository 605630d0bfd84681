extension ObjectSnapshot.Kind {
  package static let migration = Self("migration")
}

extension MigrationRoom: Room {
  static var steps: [StepRow] {
    KernelMirror.migrationSteps + KernelMirror.migrationCallSteps
  }
  static var kinds: [any ObjectKind] { [passes] }

  private static let passes = ObjectDescription<MigrationPass>(
    .migration, array: "migrations", title: "Migrations",
    all: { $0.migrations.all.map(\.key.address) },
    find: { mirror, task in TaskKey(address: task).flatMap { mirror.migrations.pass(of: $0) } },
    properties: [
      .count("passes", "passes begun") { Int64($0.passes) },
      .word("by", "by") { $0.passes == 0 ? nil : $0.isVMA ? "addresses" : "page frames" },
      .event("since", "since") { $0.since }.quiet,
      .event("mapped", "mapped for DMA") { $0.mapped }.quiet,
      .event("finalized", "finalized") { $0.finalized }.quiet,
    ]
  ).with { $0.isOfTasks = true }
}
