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
