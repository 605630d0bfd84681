import PagemapEvents

/// A `struct drm_pagemap_peer`: a VM, or a pagemap, in an owner group: the peers that reach each
/// other's memory over a fast interconnect. The owner is freed with its last peer. Behind a leave
/// the peer's list pointer stays while its owner is NULL, which tells a peer that left from one
/// that never joined. A cached pagemap stays in its group; only the driver's destroy work lets it
/// leave.
package struct Peer: MachineObject {
  /// Whether it is in a group.
  package enum State: UInt8, CaseIterable, Sendable {
    /// In no group yet.
    case idle
    /// In a group.
    case joined
    /// Left its group, for good: its list pointer stays, its owner is NULL.
    case left
  }

  /// What takes a peer from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_pagemap_acquire_owner` returns 0.
    case acquire
    /// `drm_pagemap_release_owner`.
    case release
  }

  /// The life of a drm_pagemap_peer.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap_peer", in: "drivers/gpu/drm/drm_pagemap_util.c",
    steps: [
      .init(.idle, on: .acquire, to: .joined, by: "drm_pagemap_acquire_owner"),
      .init(.joined, on: .release, to: .left, by: "drm_pagemap_release_owner"),
    ])

  /// What it stands for, told by `drm_pagemap_peer.private`.
  package enum Role: Sendable { case vm, pagemap }

  /// A slot of a VM: the pagemap in it, by address and serial number, and the cache it was found in.
  package struct Slot: Sendable {
    package var pagemap: UInt64
    package var serial: UInt64
    package var cache: UInt64
  }

  /// Where it stands.
  package var state: State = .idle
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
  /// For a VM's peer: its slots.
  package var slots: [Slot] = []

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
