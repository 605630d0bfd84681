import PagemapEvents

/// A `struct drm_pagemap_owner`: peers that reach each other's memory over a fast interconnect
/// (drivers/gpu/drm/drm_pagemap_util.c).
package struct OwnerGroup: Sendable {
  /// The owner's address.
  package let address: UInt64
  /// Which life of the address.
  package var epoch: UInt32
  /// Peers of VMs that are in it.
  package var vmPeers = 0
  /// Peers of pagemaps that are in it.
  package var pagemapPeers = 0
  /// Peers that joined before the recording began, as far as the sampled count tells.
  package var unknownPeers: Int64 = 0
  /// Whether a sampled count was below the known peers: one of them left unseen.
  package var hasUnseenLeave = false
  /// The most known peers at a time.
  package var mostPeers = 0
  /// Since when no VM peer is in it; nil while one is, and before the first one came.
  package var idleSince: EventNote?

  package init(address: UInt64, epoch: UInt32) {
    self.address = address
    self.epoch = epoch
  }
}

/// A `struct drm_pagemap_peer`: a pagemap or a VM in an owner group.
///
/// `drm_pagemap_acquire_owner` lets it join, `drm_pagemap_release_owner` lets it leave.
package struct Peer: Sendable {
  /// What it stands for, told by `drm_pagemap_peer.private`.
  package enum Role: Sendable { case vm, pagemap }

  /// Its address.
  package let address: UInt64
  /// Which life of the address.
  package var epoch: UInt32
  /// Unlike every other life of any object of the trace.
  package var serial: UInt64
  /// What it stands for.
  package var role: Role
  /// Its owner group.
  package var owner: UInt64
  /// The event that let it join.
  package var joined: EventNote
  /// For a pagemap's peer: the pagemap.
  package var pagemap: UInt64?
  /// For a VM's peer: the device of its slots, once one is known.
  package var drm: UInt64?
  /// For a VM's peer: its slots, each with the pagemap's serial number and the cache.
  package var slots: [(pagemap: UInt64, serial: UInt64, cache: UInt64)] = []

  package init(
    address: UInt64, epoch: UInt32, serial: UInt64, role: Role, owner: UInt64, joined: EventNote
  ) {
    self.address = address
    self.epoch = epoch
    self.serial = serial
    self.role = role
    self.owner = owner
    self.joined = joined
  }
}

/// A put that took a pagemap's count below what its known holders need.
///
/// It is settled when a VM that had a slot leaves its owner group: drivers put the slots first and
/// leave next (xe: `xe_svm_close`). What stays is a put too many, or a VM that never left.
package struct Deficit: Sendable {
  /// The pagemap, by serial number and address.
  package var pagemapSerial: UInt64
  package var pagemap: UInt64
  package var epoch: UInt32
  /// The put.
  package var put: EventNote
  /// The count it left and what the known holders needed then.
  package var value: Int64
  package var needed: Int64
  /// Whether its task has done nothing but put and release since: then it may belong to the close
  /// of a VM that is about to leave.
  package var isFresh = true
  /// Whether its task let a VM leave in that same close, and that VM's own put was another one.
  package var isOverdrawn = false
  /// The VM peers that had a slot then, by serial number.
  package var holders: [UInt64]
}
