extension ObjectSnapshot.Kind {
  package static let ownerGroup = Self("owner-group")
  package static let peer = Self("peer")
}

extension OwnerRoom: Room {
  static var steps: [StepRow] { KernelMirror.ownerSteps }
  static var kinds: [any ObjectKind] { [groups, peers] }

  private static let groups = ObjectDescription<OwnerGroup>(
    kind: .ownerGroup, array: "ownerGroups", title: "Owner groups and their peers",
    hasLives: true,
    all: { $0.owners.allGroups.map(\.key) }, find: { $0.owners.group(at: $1) },
    live: { $0.owners.groupCount },
    epoch: { $0.epoch }, serial: { UInt64($0.epoch) },
    properties: [
      .count("vmPeers", "VM peers") { Int64($0.vmPeers) },
      .count("pagemapPeers", "pagemap peers") { Int64($0.pagemapPeers) },
      .count("unknownPeers", "unknown peers") { $0.unknownPeers },
      .count("mostPeers", "most peers at a time") { Int64($0.mostPeers) }.quiet,
      .event("idleSince", "without a VM since") { $0.idleSince }.quiet,
    ])

  private static let peers = ObjectDescription<Peer>(
    .peer, array: "peers", title: "Peers",
    all: { $0.owners.peerAddresses }, find: { $0.owners.anyPeer(at: $1) },
    properties: [
      .word("role", "role") { $0.roleName },
      .reference("owner", "owner") { $0.owner },
      .reference("pagemap", "pagemap") { $0.pagemap },
      .references("slots", "slots") { $0.slots.map(\.pagemap) },
      .address("drm", "drm") { $0.drm },
      .event("joined", "joined") { $0.state == .idle ? nil : $0.joined },
    ]
  ).with {
    $0.hasLives = true
    $0.live = { $0.owners.peerCount }
    $0.role = { $0.roleName }
    $0.epoch = { $0.epoch }
    $0.serial = { $0.state == .idle ? nil : $0.serial }
    $0.isOver = { $0.state == .left }
  }
}

extension Peer {
  /// The name of its role.
  fileprivate var roleName: String { role == .vm ? "vm" : "pagemap" }
}
