import PagemapEvents

/// Device allocations: drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  static let allocationSteps: [StepRow] = [
    .on(.devmemInit) { $0.devmemInit($1) },
    .on(.devmemRelease) { $0.devmemRelease($1) },
  ]

  /// `drm_pagemap_devmem_init`: the driver offers an allocation for one migration.
  private mutating func devmemInit(_ event: borrowing PagemapEvent) {
    // A migration follows, even if its entry goes unrecorded.
    zdds.enterMigration()
    guard let address = event.devmem, address != 0 else { return }
    let note = EventNote(event, .devmem, .dpagemap, .mm, .size)
    if let pagemap = event.dpagemap, pagemap != 0 {
      adoptPagemap(pagemap, note)
      _ = checkUse(pagemap, note, nil)
      if let device = event.device { pagemaps.learnDevice(device, of: pagemap) }
    }
    drop(address, isDetached: false)
    allocations.forgetEnd(of: address)
    begin(address, .offered, note, isAdopted: false)
    describe(address, event, onlyNew: false)
  }

  /// The driver gets an allocation back: once in its life.
  private mutating func devmemRelease(_ event: borrowing PagemapEvent) {
    guard let address = event.devmem, address != 0 else { return }
    let note = EventNote(event, .devmem, .done)
    guard allocations.end(of: address) == nil else { return }
    let known = allocations[address]?.serial
    allocations.giveBack(address, note, serial: known ?? lives.takeSerial())
  }

  // MARK: Shared by the events

  private mutating func begin(
    _ address: UInt64, _ state: DeviceAllocation.State, _ note: EventNote, isAdopted: Bool
  ) {
    allocations.begin(
      DeviceAllocation(
        address: address, epoch: lives.begin(address), serial: lives.takeSerial(), state: state,
        created: note, isAdopted: isAdopted))
  }

  /// Makes sure that an allocation is known; one that is older than the recording is adopted.
  mutating func adoptAllocation(_ address: UInt64, _ note: EventNote) {
    if allocations.look(at: address, { _ in true }) == nil {
      begin(address, .bound, note, isAdopted: true)
    }
  }

  /// Fills in what an event tells of an allocation, unless `onlyNew` says that nothing must be known.
  mutating func describe(_ address: UInt64, _ event: borrowing PagemapEvent, onlyNew: Bool) {
    var told = DeviceAllocation.Description()
    told.pagemap = event.dpagemap
    told.serial = told.pagemap.flatMap { pagemaps.serial(of: $0) }
    told.size = event.size
    allocations.describe(address, told, onlyNew: onlyNew)
  }

  /// The address space of an allocation is known.
  mutating func setMM(_ mm: UInt64?, of address: UInt64) {
    if allocations.learnMM(mm, of: address), let mm { addressSpaces.forgetExit(of: mm) }
  }

  /// Takes an allocation off the books, if there is one. `isDetached` says whether the event shows that
  /// it went back to the driver; else it did so unseen.
  mutating func drop(_ address: UInt64, isDetached: Bool) {
    guard let (allocation, isLastOfMM) = allocations.end(address) else { return }
    if isDetached {
      news.tellEnd(of: allocation, .deviceAllocation, address, epoch: allocation.epoch)
    }
    if allocation.isCounted, let pagemap = allocation.pagemap,
      let serial = allocation.pagemapSerial
    {
      pagemaps.loseZdd(pagemap, life: serial)
    }
    if let mm = allocation.origin.mm, isLastOfMM { addressSpaces.forgetSharers(of: mm) }
    if let zdd = allocation.zdd, zdds.allocation(of: zdd) == address { endZdd(zdd) }
  }

  /// Counts the reference that the allocation's zdd holds of the pagemap, once it surely does.
  mutating func countZdd(of address: UInt64) {
    guard recording.countsZdds,
      let known = allocations.look(
        at: address,
        {
          (pagemap: $0.pagemap, serial: $0.pagemapSerial, isCounted: $0.isCounted)
        }), !known.isCounted, let pagemap = known.pagemap
    else { return }
    if pagemaps.gainZdd(pagemap, life: known.serial) { allocations.counted(address) }
  }

  /// Whether `exit_mmap` of an address space that has allocations runs or ran.
  package func isExiting(_ allocation: DeviceAllocation) -> Bool {
    allocation.mmExited != nil
      || allocation.origin.mm.map { addressSpaces.isExiting($0) } ?? false
  }

  /// The device of an allocation, as an index of `Names`; nil where it is not known.
  package func device(of allocation: DeviceAllocation) -> UInt64? {
    allocation.pagemap.flatMap { pagemaps.device(of: $0) }
  }
}
