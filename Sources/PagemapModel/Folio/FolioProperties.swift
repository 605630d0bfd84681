extension ObjectSnapshot.Kind {
  package static let folio = Self("folio")
}

extension FolioRoom: Room {
  static var steps: [StepRow] { KernelMirror.folioSteps }
  static var kinds: [any ObjectKind] { [folios] }

  // A whole state does not list them: they are too many.
  private static let folios = ObjectDescription<DeviceFolio>(
    .folio, array: "folios", title: "Device folios",
    all: { _ in [] },
    find: { mirror, page in mirror.folios[page].flatMap { $0.isLive ? $0 : nil } },
    properties: [
      .reference("allocation", "allocation") { $0.allocation },
      .count("order", "order") { Int64($0.order) },
      .init(name: "since", label: "since") { folio, _, _ in .time(folio.time) },
    ]
  ).with {
    $0.isListed = false
    $0.live = { $0.recording.knowsFolios ? $0.folios.liveCount : nil }
    $0.epoch = { $0.epoch }
  }
}
