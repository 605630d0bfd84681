/// What the kernel knows, as far as events sample it.
package struct ScenarioState {
  /// A device: one region of memory with its cache and shrinker.
  package struct Device: Sendable {
    package var name: String
    package var drm: UInt64
    package var shrinker: UInt64
    package var cache: UInt64
    package var firstPFN: UInt64
    /// Devices of one island reach each other's memory.
    package var island: Int
  }

  /// A VM with its peer and its slot.
  package struct VM: Sendable {
    package var peer: UInt64
    package var device: Device
    package var mm: UInt64
    /// The pagemap in its slot.
    package var pagemap: UInt64
  }

  /// A device allocation with its zdd and folios.
  package struct Allocation: Sendable {
    package var devmem: UInt64
    package var zdd: UInt64
    package var pagemap: UInt64
    package var mm: UInt64
    package var start: UInt64
    package var pages: UInt64
    package var firstPFN: UInt64
    package var order: UInt64 = 0
    package var timesliceMs: UInt64 = 0

    package var end: UInt64 { start + pages * 4096 }
    /// Its folios, the first page of each.
    package var folios: [UInt64] {
      stride(from: 0, to: pages, by: 1 << Int(order)).map { Self.page(firstPFN + $0) }
    }

    /// The address of a `struct page`.
    package static func page(_ pfn: UInt64) -> UInt64 { 0xffc3_2270_0000_0000 + pfn * 64 }
  }

  package struct Pagemap {
    var device: Device
    package var references: Int64 = 1
    var hasCache = false
    var peer: UInt64
    var isMapped = false
    var isCached = false
  }

  package var pagemaps: [UInt64: Pagemap] = [:]
  /// What is in each cache's slot.
  package var slots: [UInt64: UInt64] = [:]
  var unplugged: Set<UInt64> = []
  var owners: [Int: (address: UInt64, references: Int64)] = [:]
  var islands: [UInt64: Int] = [:]
  /// The count of each zdd.
  package var zdds: [UInt64: Int64] = [:]
  var detached: Set<UInt64> = []
  package var svmPages: [UInt64: UInt64] = [:]
  private var nextAddress: [String: UInt64] = [:]
  private var nextPFN: [UInt64: UInt64] = [:]

  package init() {}

  /// A new address for an object of a kind.
  mutating func address(_ kind: String, _ base: UInt64, step: UInt64 = 0x100) -> UInt64 {
    defer { nextAddress[kind, default: base] += step }
    return nextAddress[kind, default: base]
  }

  /// Page frames of a device that were not used yet.
  mutating func frames(_ device: Device, _ count: UInt64) -> UInt64 {
    defer { nextPFN[device.drm, default: device.firstPFN] += count }
    return nextPFN[device.drm, default: device.firstPFN]
  }

  /// A pagemap's count.
  package func references(of pagemap: UInt64) -> Int64 { pagemaps[pagemap]?.references ?? 0 }
  /// The owner group of an island.
  package func owner(ofIsland island: Int) -> UInt64 { owners[island]?.address ?? 0 }
  /// The `struct dev_pagemap` that a pagemap is about.
  package func pgmap(of pagemap: UInt64) -> UInt64 { pagemap &- 0x98 }
  /// A pagemap's peer.
  package func peer(of pagemap: UInt64) -> UInt64 { pagemaps[pagemap]?.peer ?? 0 }
}
