extension ObjectSnapshot.Kind {
  package static let pagemap = Self("pagemap")
}

extension PagemapRoom: Room {
  static var steps: [StepRow] { KernelMirror.pagemapSteps }
  static var kinds: [any ObjectKind] { [pagemaps] }

  private static let pagemaps = ObjectDescription<Pagemap>(
    .pagemap, array: "pagemaps", title: "Pagemaps",
    all: { $0.pagemaps.addresses }, find: { $0.pagemaps[$1] },
    properties: [
      .name("device", "device") { $0.home.device },
      .reference("drm", "drm") { $0.home.drm },
      .reference("cache", "cache") { $0.home.cache },
      .reference("owner", "owner") { $0.home.owner },
      .reference("peer", "peer") { $0.home.peer },
      .address("pgmap", "pgmap") { $0.home.pgmap },
      .flag("older", "older than the recording") { $0.isAdopted },
      .init(
        name: "ledger", label: "refs",
        value: { pagemap, _, _ in
          pagemap.references.sample.map { .ledger(ReferenceLedger(of: pagemap, $0)) }
        }, mix: { $0.references.mix(into: &$1) }),
      .event("began", "began") { $0.created },
      .event("released", "released") { $0.fate.released }.quiet,
      .event("destroyed", "destroyed") { $0.fate.destroyed }.quiet,
      .event("unmapped", "unmapped") { $0.fate.unmapped },
    ]
  ).with {
    $0.hasLives = true
    $0.live = { $0.pagemaps.liveCount }
    $0.epoch = { $0.epoch }
    $0.serial = { $0.serial }
    $0.isOver = { $0.state == .destroyed }
    $0.isAdopted = { $0.isAdopted }
    $0.device = { pagemap, _ in pagemap.home.device }
  }
}

extension Pagemap.References {
  /// Mixes in what a ledger shows of them.
  fileprivate func mix(into hasher: inout Hasher) {
    hasher.combine(sample?.value)
    hasher.combine(sample?.slack)
    hasher.combine(explained)
    hasher.combine(slots.count)
    hasher.combine(zdds)
    hasher.combine(svmPages)
  }
}
