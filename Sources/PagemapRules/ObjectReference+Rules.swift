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

extension ObjectReference {
  /// A device allocation in one of its lives.
  static func allocation(_ allocation: borrowing DeviceAllocation) -> ObjectReference {
    var reference = ObjectReference(
      kind: .deviceAllocation, address: allocation.address, epoch: allocation.epoch)
    reference.mm = allocation.origin.mm
    return reference
  }

  /// A task.
  static func task(_ pid: Int32) -> ObjectReference {
    ObjectReference(kind: .task, address: UInt64(UInt32(bitPattern: pid)), epoch: 1)
  }

  /// A zdd in one of its lives.
  static func zdd(_ address: UInt64, epoch: UInt32) -> ObjectReference {
    ObjectReference(kind: .zdd, address: address, epoch: epoch)
  }

  /// A pages object. Its lives are not counted.
  static func svmPages(_ address: UInt64) -> ObjectReference {
    ObjectReference(kind: .svmPages, address: address, epoch: 1)
  }

  /// A range of a gpusvm in one of its lives.
  static func range(
    _ range: SVMRange, at address: UInt64, in mirror: inout KernelMirror
  ) -> ObjectReference {
    var object = ObjectReference(kind: .svmRange, address: address, epoch: range.epoch)
    object.end = range.end
    object.mm = mirror.svms.gpusvm(at: range.gpusvm)?.mm
    return object
  }
}
