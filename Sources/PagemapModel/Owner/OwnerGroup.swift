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

extension OwnerGroup {
  /// Brings the number of unknown peers in line with the count that an event sampled.
  mutating func settle(_ count: Int64?) {
    let known = vmPeers + pagemapPeers
    mostPeers = max(mostPeers, known)
    guard let count, count > 0 else { return }
    if count < Int64(known) { hasUnseenLeave = true }
    unknownPeers = min(unknownPeers, max(0, count - Int64(known)))
  }

  /// A peer joins; nil where it is not known whether it is a VM's or a pagemap's.
  mutating func join(_ role: Peer.Role?) {
    switch role {
    case .pagemap: pagemapPeers += 1
    case .vm:
      vmPeers += 1
      idleSince = nil
    case nil: unknownPeers += 1
    }
  }

  /// A peer leaves; nil where it is not known whether it is a VM's or a pagemap's.
  mutating func leave(_ role: Peer.Role?, _ note: EventNote) {
    switch role {
    case .vm:
      vmPeers -= 1
      if vmPeers == 0 { idleSince = note }
    case .pagemap: pagemapPeers -= 1
    case nil: unknownPeers = max(0, unknownPeers - 1)
    }
  }

  /// How many peers are in it, as far as that is known.
  package var count: Int64 { Int64(vmPeers + pagemapPeers) + unknownPeers }

  /// Whether no peer is in it.
  var isEmpty: Bool { vmPeers + pagemapPeers == 0 && unknownPeers == 0 }
}
