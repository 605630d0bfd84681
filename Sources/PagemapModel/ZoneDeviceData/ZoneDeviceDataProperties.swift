extension ObjectSnapshot.Kind {
  package static let zdd = Self("zdd")
}

extension ZoneDeviceDataRoom: Room {
  static var steps: [StepRow] { KernelMirror.zddSteps }
  static var kinds: [any ObjectKind] { [zdds] }

  private static let zdds = ObjectDescription<ZoneDeviceData>(
    .zdd, array: "zdds", title: "zdds",
    all: { $0.zdds.sorted.map(\.key) }, find: { $0.zdds[$1] },
    properties: [
      .reference("allocation", "allocation") { $0.allocation },
      .count("references", "references") { $0.references },
      .address("pgmap", "pgmap") { $0.pgmap },
      .event("first", "first named") { $0.first },
      .event("last", "last sampled") { $0.last }.quiet,
    ]
  ).with {
    $0.hasLives = true
    $0.live = { $0.zdds.count }
    $0.epoch = { $0.epoch }
    $0.serial = { $0.serial }
    $0.isOver = { $0.state == .ended }
  }
}
