/// Beginnings and ends that many stories share.
extension PagemapScenario {
  /// A device, a VM and an allocation whose pages are on the device.
  ///
  /// - Parameter milliseconds: how long the pages have been there.
  package mutating func resident(
    pages: UInt64 = 4, timesliceMs: UInt64 = 0, inSteps: Bool = false,
    waiting milliseconds: UInt64 = 1
  ) -> (vm: VM, allocation: Allocation) {
    let gpu = bind("gpu")
    let vm = vmCreate(gpu)
    let allocation =
      inSteps
      ? migrateInSteps(vm, at: 0x7f00_0000_0000, pages: pages, timesliceMs: timesliceMs)
      : migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: pages, timesliceMs: timesliceMs)
    wait(milliseconds: milliseconds)
    return (vm, allocation)
  }

  /// A VM, and a mirror of its process's memory with one range.
  package mutating func mirrored() -> (vm: VM, mirror: Mirror) {
    let gpu = bind("gpu")
    let vm = vmCreate(gpu)
    let mirror = mirror(mm: vm.mm)
    initGPUSVM(mirror)
    findRange(mirror)
    wait(milliseconds: 1)
    return (vm, mirror)
  }

  /// The recording goes on for a while.
  package mutating func goOn() {
    wait(milliseconds: 150)
    heartbeat()
  }

  /// The VM closes, and the recording goes on for a while.
  package mutating func endOf(_ vm: VM) {
    vmClose(vm)
    goOn()
  }

  /// A lookup takes a cached pagemap off the list and cannot give it a new life.
  package mutating func failRevival(_ device: Device, _ pagemap: UInt64) {
    lockLookup(device)
    beginGetFromCache(device)
    _ = cancelShrinker(pagemap, device)
    state.slots[device.cache] = nil
    reinit(pagemap, result: -12)
    destroy(pagemap, isAtomic: false)
    destroyWork(pagemap)
    endGetFromCache(device, UInt64(bitPattern: -12), sampled: 265)
    unlockLookup(device)
  }

  /// "Raced while finalizing migration": the first two of four folios are freed, the call fails.
  package mutating func raceWhileFinalizing(_ vm: VM) -> Allocation {
    let allocation = offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    populate(allocation, result: -16) { kernel in
      kernel.initDevmem(allocation)
      kernel.beginMigration(allocation)
      kernel.initFolios(allocation)
      kernel.freeFolios(allocation, Array(allocation.folios.prefix(2)))
      kernel.endMigration(allocation, result: -16)
    }
    return allocation
  }
}
