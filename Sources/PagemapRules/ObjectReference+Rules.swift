import PagemapModel

/// Objects as breaches name them.
extension ObjectReference {
  /// A pagemap in one of its lives.
  static func pagemap(_ pagemap: Pagemap) -> ObjectReference {
    var reference = ObjectReference(
      kind: .pagemap, address: pagemap.address, epoch: pagemap.epoch)
    reference.owner = pagemap.home.owner
    return reference
  }

  /// A cache. Its lives are not counted.
  static func cache(_ address: UInt64) -> ObjectReference {
    ObjectReference(kind: .cache, address: address, epoch: 1)
  }

  /// A shrinker. Its lives are not counted.
  static func shrinker(_ address: UInt64) -> ObjectReference {
    ObjectReference(kind: .shrinker, address: address, epoch: 1)
  }

  /// A peer of an owner group.
  static func peer(_ peer: Peer) -> ObjectReference {
    var reference = ObjectReference(
      kind: peer.role == .vm ? .vmPeer : .pagemapPeer, address: peer.address, epoch: peer.epoch)
    reference.owner = peer.owner
    return reference
  }
}
