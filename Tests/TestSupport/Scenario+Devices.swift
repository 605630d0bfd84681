/// Devices, owner groups and the VMs that use them.
extension PagemapScenario {
  package typealias Device = ScenarioState.Device
  package typealias VM = ScenarioState.VM
  package typealias Allocation = ScenarioState.Allocation

  // MARK: Devices

  /// A driver binds a device: a shrinker and a cache.
  package mutating func bind(_ name: String, island: Int = 0, cache: UInt64? = nil) -> Device {
    let drm = state.address("drm", 0xff10_0000_1000_0000, step: 0x1000)
    let number = (drm & 0xf_ffff) / 0x1000
    let device = Device(
      name: name, drm: drm,
      shrinker: state.address("shrinker", 0xff10_0000_2000_0000),
      cache: cache ?? state.address("cache", 0xff10_0000_3000_0000),
      firstPFN: 0xfc_f800_0 + number * 0x8000, island: island)
    emit("drm_pagemap_shrinker_create_devm", ["drm": .number(drm), "dev": .text(name)])
    emit(
      "drm_pagemap_shrinker_create_devm_ret",
      ["drm": .number(drm), "ret": .number(device.shrinker)])
    emit(
      "drm_pagemap_cache_create_devm",
      ["shrinker": .number(device.shrinker), "drm": .number(drm), "dev": .text(name)])
    emit(
      "drm_pagemap_cache_create_devm_ret",
      ["shrinker": .number(device.shrinker), "ret": .number(device.cache)])
    return device
  }

  /// `drm_dev_unplug`.
  package mutating func unplug(_ device: Device) {
    emit("drm_dev_unplug", ["drm": .number(device.drm), "name": .text(device.name)])
    state.unplugged.insert(device.drm)
  }

  /// The device's devres is released: the cache ends, and with it a cached pagemap.
  package mutating func finishCache(_ device: Device) {
    let held = state.slots.removeValue(forKey: device.cache) ?? 0
    emit(
      "drm_pagemap_cache_fini",
      [
        "cache": .number(device.cache), "dpagemap": .number(held),
        "shrinker": .number(device.shrinker),
      ])
    guard held != 0 else { return }
    if cancelShrinker(held, device) {
      destroy(held, isAtomic: false)
      destroyWork(held)
    }
  }

  // MARK: Owner groups

  /// `drm_pagemap_acquire_owner`.
  ///
  /// - Parameter owner: where a new group's owner is; nil for a new address.
  package mutating func acquireOwner(
    _ peer: UInt64, isVM: Bool, island: Int, result: Int64 = 0, owner: UInt64? = nil
  ) {
    emit(
      "drm_pagemap_acquire_owner",
      ["peer": .number(peer), "list": 0x7fff_c01b_1680, "private": isVM ? 1 : 0])
    if result == 0 {
      let known =
        state.owners[island]
        ?? (owner ?? state.address("owner", 0xff10_0000_4000_0000, step: 8), 0)
      state.owners[island] = (known.0, known.1 + 1)
      state.islands[peer] = island
    }
    let owner = result == 0 ? state.owners[island] : nil
    emit(
      "drm_pagemap_acquire_owner_ret",
      [
        "peer": .number(peer), "owner": .number(owner?.address ?? 0),
        "oref": .signed(owner?.references ?? 77), "ret": .signed(result),
      ])
  }

  /// `drm_pagemap_release_owner`.
  package mutating func releaseOwner(_ peer: UInt64, references: Int64? = nil) {
    guard let island = state.islands.removeValue(forKey: peer), let owner = state.owners[island]
    else { preconditionFailure("the peer is in no group") }
    emit(
      "drm_pagemap_release_owner",
      [
        "peer": .number(peer), "owner": .number(owner.address),
        "oref": .signed(references ?? owner.references), "list": 0x7fff_c01b_1680,
      ])
    state.owners[island] = owner.references > 1 ? (owner.address, owner.references - 1) : nil
  }

  // MARK: VMs

  /// A VM is made: its peer joins the owner group, its slot is filled by a lookup.
  package mutating func vmCreate(
    _ device: Device, peer: UInt64? = nil, mm: UInt64 = 0xff10_0000_6000_0000,
    pagemap: UInt64? = nil, isStored: Bool = true
  ) -> VM {
    let peer = peer ?? state.address("peer", 0xff10_0000_7000_0028, step: 0x200)
    acquireOwner(peer, isVM: true, island: device.island)
    let slot = lookUp(device, at: pagemap, isStored: isStored)
    return VM(peer: peer, device: device, mm: mm, pagemap: slot)
  }

  /// A VM closes: its slot is put, then its peer leaves the group.
  package mutating func vmClose(_ vm: VM) {
    put(vm.pagemap)
    releaseOwner(vm.peer)
  }
}
