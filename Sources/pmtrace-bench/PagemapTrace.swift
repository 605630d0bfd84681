import Glibc
internal import TestSupport

/// A trace with many live pagemaps: one for each device, each with a VM and a migrated range, and
/// events that are about one owner group after another.
struct PagemapTrace {
  /// The file cannot be written.
  struct CannotWrite: Error {
    /// Its path.
    var path: String
  }

  private struct Place {
    var device: PagemapScenario.Device
    var vm: PagemapScenario.VM
    var allocation: PagemapScenario.Allocation
  }

  private let pagemaps: Int
  private let rounds: Int
  private var kernel = PagemapScenario()
  private var places: [Place] = []

  /// Devices whose pagemaps are in one owner group.
  private static let groupSize = 5

  /// A trace of `pagemaps` live pagemaps; in each of the rounds a group's ranges move back, its VMs
  /// close and open again, and the ranges move to the devices.
  init(pagemaps: Int, rounds: Int) {
    (self.pagemaps, self.rounds) = (pagemaps, rounds)
    kernel.tick = 500
  }

  /// Writes the trace, which is legal from end to end. Answers how many events it has.
  mutating func write(to path: String) throws(CannotWrite) -> Int {
    compose()
    let bytes = kernel.finish()
    guard let file = fopen(path, "w") else { throw CannotWrite(path: path) }
    let count = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, count == bytes.count else { throw CannotWrite(path: path) }
    return kernel.eventCount
  }

  private mutating func compose() {
    for number in 0..<pagemaps { add(number) }
    let groups = max(pagemaps / Self.groupSize, 1)
    for round in 0..<rounds {
      let first = round * 7919 % groups * Self.groupSize
      let group = first..<min(first + Self.groupSize, pagemaps)
      for number in group { leave(number) }
      for number in group { enter(number) }
    }
    for number in 0..<pagemaps { leave(number) }
    kernel.wait(milliseconds: 1000)
    kernel.emit("drm_pagemap_pagemap_ops_get", [:])
  }

  private mutating func at(_ number: Int) {
    kernel.cpu = UInt32(number % 4)
    kernel.pid = 100 + Int32(number % 30_000)
  }

  private func mm(_ number: Int) -> UInt64 { 0xff10_0000_6000_0000 + UInt64(number) * 0x1000 }

  private mutating func add(_ number: Int) {
    at(number)
    let device = kernel.bind("gpu\(number)", island: number / Self.groupSize)
    let vm = kernel.vmCreate(device, mm: mm(number))
    let allocation = migrate(vm, number)
    places.append(Place(device: device, vm: vm, allocation: allocation))
  }

  /// A migration of 16 pages, at page frames that no other device has.
  private mutating func migrate(_ vm: PagemapScenario.VM, _ number: Int)
    -> PagemapScenario.Allocation
  {
    let allocation = kernel.offer(
      mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, pages: 16,
      firstPFN: 0x1_0000_0000 + UInt64(number) * 16)
    kernel.populate(allocation) { kernel in
      kernel.initDevmem(allocation)
      kernel.beginMigration(allocation)
      kernel.initFolios(allocation)
      kernel.endMigration(allocation)
    }
    return allocation
  }

  private mutating func leave(_ number: Int) {
    at(number)
    kernel.fault(places[number].allocation)
    kernel.vmClose(places[number].vm)
  }

  private mutating func enter(_ number: Int) {
    at(number)
    places[number].vm = kernel.vmCreate(places[number].device, mm: mm(number))
    places[number].allocation = migrate(places[number].vm, number)
  }
}
