// The kernel's objects as plain classes: what they hold and how often they are held, no more.

/// A GPU: one region of device memory with its cache and its shrinker.
final class Device: @unchecked Sendable {
  let name: String
  let drm: UInt64
  let shrinker: UInt64
  let cache: UInt64
  let firstFrame: UInt64
  /// Devices of one island reach each other's memory.
  let island: Int
  // struct drm_pagemap_cache
  var slot: Pagemap?
  var isQueued = false
  var lookupHolder: KernelTask?
  // struct drm_pagemap_shrinker
  var shrinkable: [Pagemap] = []
  var shrinkableCount = 0
  var isShrinking = false
  // struct drm_device
  var isUnplugged = false
  /// Tasks between `drm_dev_enter` and `drm_dev_exit`.
  var entered = 0
  var isGone = false
  /// Pagemaps that devres would unmap.
  var mapped: [Pagemap] = []
  var allocations: [Devmem] = []
  /// Live device folios by page-frame number.
  var folios: [UInt64: Folio] = [:]
  /// Free pieces of its memory, by size.
  var freeFrames: [UInt64: [UInt64]] = [:]
  var nextFrame: UInt64

  init(name: String, number: UInt64, drm: UInt64, shrinker: UInt64, cache: UInt64, island: Int) {
    (self.name, self.drm, self.shrinker, self.cache) = (name, drm, shrinker, cache)
    self.island = island
    firstFrame = 0xfcf_8000 + number * 0x8000
    nextFrame = firstFrame
  }
}

/// A `struct drm_pagemap` inside the driver's object, which also holds the `struct dev_pagemap`.
final class Pagemap: @unchecked Sendable {
  let address: UInt64
  let device: Device
  var references = 1
  var hasCache = false
  var isListed = false
  var isMapped = false
  var isFreed = false
  let peer: Peer
  /// Base pages of live folios: what `memunmap_pages` waits for.
  var livePages = 0
  var pgmap: UInt64 { address - 0x98 }

  init(address: UInt64, device: Device) {
    self.address = address
    self.device = device
    peer = Peer(address: address + 0x40, isVM: false, island: device.island)
  }
}

/// A `struct drm_pagemap_owner`.
final class Owner: @unchecked Sendable {
  let address: UInt64
  var references = 1
  init(address: UInt64) { self.address = address }
}

/// A `struct drm_pagemap_peer`.
final class Peer: @unchecked Sendable {
  let address: UInt64
  let isVM: Bool
  let island: Int
  var owner: Owner?
  var hasList = false

  init(address: UInt64, isVM: Bool, island: Int) {
    (self.address, self.isVM, self.island) = (address, isVM, island)
  }
}

/// A `struct drm_pagemap_zdd`.
final class Zdd: @unchecked Sendable {
  let address: UInt64
  let pagemap: Pagemap
  let devmem: Devmem
  var references = 1

  init(address: UInt64, pagemap: Pagemap, devmem: Devmem) {
    (self.address, self.pagemap, self.devmem) = (address, pagemap, devmem)
  }
}

/// A `struct drm_pagemap_devmem` inside a buffer object.
final class Devmem: @unchecked Sendable {
  let address: UInt64
  let pagemap: Pagemap
  let mm: AddressSpace
  let start: UInt64
  let pages: UInt64
  let firstFrame: UInt64
  var isDetached = false
  var timesliceEnd: UInt64 = 0
  /// References of the buffer object.
  var references = 1
  /// The buffer object's lock.
  var isLocked = false

  init(
    address: UInt64, pagemap: Pagemap, mm: AddressSpace, start: UInt64, pages: UInt64,
    firstFrame: UInt64
  ) {
    (self.address, self.pagemap, self.mm, self.start) = (address, pagemap, mm, start)
    (self.pages, self.firstFrame) = (pages, firstFrame)
  }
}

/// A folio of device or system memory.
final class Folio: @unchecked Sendable {
  let frame: UInt64
  let order: UInt64
  /// What its device memory belongs to; nil for system memory.
  let zdd: Zdd?
  var references = 1
  var isLocked = true
  /// `DRM_PAGEMAP_ZDD_FLAG_MIGRATED`
  var isMigrated = false
  /// Where it is mapped, or was until a migration entry took its place.
  var mappings: [Mapping] = []
  /// References that something beside page tables and migrations holds.
  var pins = 0

  init(frame: UInt64, order: UInt64, zdd: Zdd?) {
    (self.frame, self.order, self.zdd) = (frame, order, zdd)
  }

  var pages: UInt64 { 1 << order }
  /// The address of its first `struct page`.
  var page: UInt64 { Folio.page(frame) }
  static func page(_ frame: UInt64) -> UInt64 { 0xffc3_2270_0000_0000 + frame * 64 }
  /// How many page-table entries map it.
  var mapCount: Int { mappings.count { !$0.isMigrating } }
}

/// One page-table entry: a folio, or the migration entry in its place.
final class Mapping: @unchecked Sendable {
  let mm: AddressSpace
  let address: UInt64
  var folio: Folio
  var isMigrating = false

  init(mm: AddressSpace, address: UInt64, folio: Folio) {
    (self.mm, self.address, self.folio) = (mm, address, folio)
  }
}

/// A `struct mm_struct`.
final class AddressSpace: @unchecked Sendable {
  let address: UInt64
  /// `mm_users`
  var users = 1
  var readers = 0
  var isWriteLocked = false
  var isGone = false
  /// Invalidations that have begun and not ended (`mmu_notifier_invalidate_range_end`).
  var invalidations = 0
  /// Page-table entries by virtual address; a large folio has one, at its head.
  var entries: [UInt64: Mapping] = [:]
  /// What is mapped at all.
  var windows: [Window] = []
  /// The VMs that mirror it.
  var mirrors: [VM] = []

  init(address: UInt64) { self.address = address }
}

/// A VMA.
struct Window: Equatable {
  var start: UInt64
  var end: UInt64
  /// The order of the folios that fill it.
  var order: UInt64
  var pages: UInt64 { (end - start) / 4096 }
}

/// A GPU VM with what drm_gpusvm keeps for it.
final class VM: @unchecked Sendable {
  let peer: Peer
  let device: Device
  let mm: AddressSpace
  let gpusvm: UInt64
  /// The pagemaps in its slots.
  var slots: [Pagemap] = []
  /// The pagemaps that its VMAs prefer: a reference each.
  var attributes: [Pagemap] = []
  var ranges: [UInt64: SVMRange] = [:]
  var isClosed = false
  /// `vm->lock`: whoever works on ranges and attributes holds it for writing.
  var isLocked = false
  /// `gpusvm->notifier_lock`
  var notifierReaders = 0
  var isNotifierWriteLocked = false

  init(peer: Peer, device: Device, mm: AddressSpace, gpusvm: UInt64) {
    (self.peer, self.device, self.mm, self.gpusvm) = (peer, device, mm, gpusvm)
  }
}

/// A `struct drm_gpusvm_range` with its `struct drm_gpusvm_pages`.
final class SVMRange: @unchecked Sendable {
  let address: UInt64
  let window: Window
  var pages: UInt64 { address + 0x60 }
  var references = 1
  /// `svm_pages->dpagemap`, a reference
  var pagemap: Pagemap?
  var isMapped = false
  var sequence = 0

  init(address: UInt64, window: Window) {
    (self.address, self.window) = (address, window)
  }
}
