/// The owner groups, and the peers that are in them.
package struct OwnerRoom: Sendable {
  private var groups = ObjectTable<OwnerGroup>()
  private var peers = ObjectTable<Peer>()
  private var peersBySerial: [UInt64: UInt64] = [:]
  /// Peers that a task is about to let join, by address.
  private var joining = ObjectTable<Peer>()

  // MARK: Looking

  /// How many groups live.
  var groupCount: Int { groups.count }
  /// How many peers are in a group.
  var peerCount: Int { peers.count }
  /// A copy of an owner group; nil where there is none.
  package func group(at owner: UInt64) -> OwnerGroup? { groups[owner] }
  /// All groups with their addresses, lowest first.
  var allGroups: [(key: UInt64, value: OwnerGroup)] { groups.sorted }
  /// A copy of a peer that is in a group; nil where there is none.
  package func peer(at address: UInt64) -> Peer? { peers[address] }
  /// The peers of pagemaps that are in a group, in the order in which they joined.
  package var pagemapPeers: [Peer] {
    peers.filter { $0.role == .pagemap && $0.pagemap != nil }.sorted { $0.serial < $1.serial }
  }

  /// A copy of a peer that is in a group, or about to be in one; nil where there is none.
  func anyPeer(at address: UInt64) -> Peer? { peers[address] ?? joining[address] }
  /// The addresses of all of them, lowest first.
  var peerAddresses: [UInt64] { Set(peers.addresses).union(joining.addresses).sorted() }

  /// The peer of a serial number, while it is in its group.
  package func peer(ofSerial serial: UInt64) -> Peer? {
    peersBySerial[serial].flatMap { peers[$0] }.flatMap { $0.serial == serial ? $0 : nil }
  }

  /// Whether the peer of a serial number is in no group.
  func hasLeft(_ serial: UInt64) -> Bool { peersBySerial[serial] == nil }

  // MARK: Peers

  /// `drm_pagemap_acquire_owner` was entered.
  mutating func beginJoin(_ peer: Peer) {
    if joining.count >= 1024 { joining.removeAll() }
    joining.insert(peer, at: peer.address)
  }

  /// It returned.
  mutating func endJoin(_ address: UInt64) { joining.remove(address) }

  /// `drm_pagemap_acquire_owner` returned 0: the peer is in its group.
  mutating func join(_ peer: Peer) {
    var peer = peer
    peer.step(.acquire)
    forgetPeer(peer.address)
    peers.ended.forget(peer.address)
    peers.insert(peer, at: peer.address)
    peersBySerial[peer.serial] = peer.address
  }

  /// `drm_pagemap_release_owner`. Answers the peer; nil where it is in no group.
  mutating func leave(_ address: UInt64, _ note: EventNote) -> Peer? {
    guard var peer = forgetPeer(address) else { return nil }
    peer.step(.release)
    peers.ended.note(
      address, .init(note: note, epoch: peer.epoch, serial: peer.serial, detail: peer.owner))
    return peer
  }

  /// A peer that was in a group joins anew, so that it left unseen. Answers it.
  @discardableResult
  mutating func forgetPeer(_ address: UInt64) -> Peer? {
    guard let peer = peers.remove(address) else { return nil }
    peersBySerial[peer.serial] = nil
    return peer
  }

  /// How a peer's last stay ended; nil where that is not known.
  package func end(ofPeer address: UInt64) -> RecentlyEnded.End? { peers.ended[address] }

  /// A VM's peer gets a slot.
  mutating func giveSlot(_ slot: Peer.Slot, drm: UInt64?, to address: UInt64) {
    _ = peers.with(address) { peer in
      peer.drm = drm
      peer.slots.append(slot)
    }
  }

  /// A pagemap's life ended unseen: VMs have it in their slots no more.
  mutating func forgetSlots(_ slots: [Pagemap.Slot], of serial: UInt64) {
    for slot in slots {
      _ = peers.with(slot.peer) { $0.slots.removeAll { $0.serial == serial } }
    }
  }

  // MARK: Groups

  /// How a group that was at this address ended; nil where that is not known.
  package func end(ofGroup owner: UInt64) -> RecentlyEnded.End? { groups.ended[owner] }

  /// Another group begins there.
  mutating func forgetEnd(ofGroup owner: UInt64) { groups.ended.forget(owner) }

  /// Keeps a group as it is now.
  mutating func keep(_ group: OwnerGroup) { groups.insert(group, at: group.address) }

  /// The last peer left: the owner is freed.
  mutating func end(_ owner: UInt64) { groups.remove(owner) }

  /// Keeps the end of a group.
  mutating func noteEnd(ofGroup owner: UInt64, _ end: RecentlyEnded.End) {
    groups.ended.note(owner, end)
  }
}
