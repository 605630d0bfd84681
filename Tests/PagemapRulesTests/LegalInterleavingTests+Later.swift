import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

extension LegalInterleavingTests {
  /// N14: within a timeslice faults return and move nothing.
  @Test func n14() throws {
    let trace = try LegalTrace(recording: "timeslice")
    trace.expectLegal()
    let faults = trace.steps(.migrateToRam)
    let pages = Set(faults.compactMap { $0.event.page })
    #expect(faults.count > pages.count, "faults come again on one page")
    let slice = try #require(trace.steps(.migrateToDevmem).first?.event.timesliceMs)
    #expect(slice > 0)
  }

  /// N15: ranges are invalidated while their pages are being gotten.
  @Test func n15() throws {
    let trace = try LegalTrace(recording: "gpusvm_stress")
    trace.expectLegal()
    #expect(trace.count(.notifierInvalidate, duringOthers: .getPages) > 100)
  }

  /// N16: pages are evicted though their VM is closed: only zdds hold the pagemap.
  @Test func n16() throws {
    let trace = try LegalTrace { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 50)
      kernel.on(cpu: 1, pid: 300) { $0.evictInSteps(allocation) }
    }
    trace.expectLegal()
    let left = try #require(trace.steps(.releaseOwner).first).event
    let evicted = try #require(trace.steps(.evictToRam).first).event
    #expect(left.sequence < evicted.sequence)
  }

  /// N17: references of a provider that was unbound remain, and are put.
  @Test func n17() throws {
    let trace = try LegalTrace(recording: "unbind")
    trace.expectLegal()
    let gone = try #require(trace.steps(.drmDevUnplug).first).event
    let late = trace.steps(.pagemapPut).filter {
      $0.event.drm == gone.drm && $0.event.sequence > gone.sequence
    }
    #expect(!late.isEmpty)
  }

  /// N18: a VM puts its slot before its pages do: the pagemap is released by the last folio.
  @Test func n18() throws {
    let trace = try LegalTrace { kernel in
      let (vm, allocation) = kernel.resident()
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 50)
      kernel.on(cpu: 1, pid: 0) { $0.freeFolios(allocation) }
    }
    trace.expectLegal()
    let released = try #require(trace.steps(.pagemapRelease).first)
    #expect(!released.isIn(.pagemapPut) && released.event.pid == 0)
  }

  /// N19: two processes share a device folio, either faults on it; of an allocation a part moves at a
  /// fault, what is unmapped is freed, the rest follows later.
  @Test func n19() throws {
    let trace = try LegalTrace { kernel in
      let (vm, allocation) = kernel.resident(pages: 6)
      let child: UInt64 = 0xff10_0000_6000_1000
      kernel.on(cpu: 1, pid: 200) {
        $0.fault(allocation, page: 1, mm: child, moved: Array(allocation.folios[1...2]))
      }
      kernel.freeFolios(allocation, [allocation.folios[0]])
      kernel.wait(milliseconds: 10)
      kernel.fault(allocation, page: 4, moved: Array(allocation.folios[3...]))
      kernel.exitMmap(child)
      kernel.vmClose(vm)
    }
    trace.expectLegal()
    #expect(Set(trace.steps(.migrateToRam).compactMap { $0.event.mm }).count == 2)
    #expect(trace.count(.folioFree) { !$0.isIn(.migrateToRam) && $0.event.isMigrated != 1 } == 1)
  }

  /// N20: a group outlives the VM that founded it, and has a VM alone in the end.
  @Test func n20() throws {
    let trace = try LegalTrace { kernel in
      let gpu = kernel.bind("gpu")
      let founder = kernel.vmCreate(gpu)
      kernel.pid = 101
      let heir = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 100) { $0.vmClose(founder) }
      kernel.put(heir.pagemap)
      if let cached = kernel.shrink(gpu) { kernel.on(cpu: 2, pid: 9) { $0.destroyWork(cached) } }
      kernel.wait(milliseconds: 5)
      kernel.releaseOwner(heir.peer)
    }
    trace.expectLegal()
    let left = trace.steps(.releaseOwner).map(\.event)
    #expect(left.map(\.ownerRef) == [3, 2, 1])
    #expect(Set(left.compactMap(\.owner)).count == 1)
  }

  /// N21: a driver makes several buffer objects before one of them is migrated to.
  @Test func n21() throws {
    let trace = try LegalTrace { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let first = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      let second = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      let third = kernel.offer(
        mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, devmem: first.devmem)
      kernel.populate(third) { kernel in
        for allocation in [first, second, third] { kernel.initDevmem(allocation) }
        kernel.beginMigration(third)
        kernel.initFolios(third)
        kernel.endMigration(third)
      }
      kernel.freeFolios(third)
      kernel.vmClose(vm)
    }
    trace.expectLegal()
    #expect(trace.count(.devmemInit) { $0.isIn(.populateMM) } == 3)
    #expect(trace.count(.migrateToDevmem) == 1)
  }

  /// N22: ranges are made and never migrated, and found valid.
  @Test func n22() throws {
    let trace = try LegalTrace { kernel in
      kernel.xeInit(0xff10_0000_d000_0000)
      let (vm, mirror) = kernel.mirrored()
      for _ in 0..<3 {
        kernel.xeFault(0xff10_0000_d000_0000, result: -61) { kernel in
          kernel.findRange(mirror)
          kernel.emit("xe_svm_range_debug", ["range": .number(mirror.range)])
        }
      }
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      kernel.xeClose(0xff10_0000_d000_0000)
      kernel.vmClose(vm)
      kernel.finishGPUSVM(mirror)
      kernel.xeFini(0xff10_0000_d000_0000)
    }
    trace.expectLegal()
    #expect(trace.count(.xeRangeDebug) == 3 && trace.count(.populateMM) == 0)
  }

  /// N23: madvise holds a pagemap for the length of its call: one that exists, and one that it makes
  /// and that is cached again at once, since no VMA took it.
  @Test func n23() throws {
    let trace = try LegalTrace { kernel in
      let gpu = kernel.bind("gpu")
      let other = kernel.bind("other")
      let vm = kernel.vmCreate(gpu)
      for device in [gpu, other, other] {
        let held = kernel.lookUp(device)
        kernel.wait(microseconds: 50)
        kernel.put(held)
      }
      kernel.vmClose(vm)
    }
    trace.expectLegal()
    let pagemaps = try #require(trace.analysis.summary?.pagemaps)
    #expect(pagemaps.created == 2 && pagemaps.revived == 1)
    #expect(pagemaps.cachedAtEnd == 2)
  }

  /// N24: a put of no pagemap.
  @Test func n24() throws {
    let trace = try LegalTrace(recording: "gpusvm")
    trace.expectLegal()
    #expect(trace.count(.pagemapPut) { $0.event.dpagemap == 0 } == 5)
  }

  /// N25: pages move between devices: the source's copy_to_ram runs in the migration to the target,
  /// and the source's zdd ends in it, freed by its finalization.
  @Test(arguments: ["p2p.pages", "p2p.pages-portable-7.2"])
  func n25(recording: String) throws {
    let trace = try LegalTrace(recording: recording)
    trace.expectLegal()
    #expect(trace.count(.copyToRam) { $0.isIn(.migrateToDevmem) } == 8)
    let ended = trace.steps(.zddDestroy).filter { step in
      step.calls.contains { $0.kind == .migrateToDevmem && $0.devmem != step.event.devmem }
    }
    #expect(ended.count == 7)
    let between = trace.analysis.summary?.migrations.first { $0.direction == .deviceToDevice }
    #expect(between?.pages ?? 0 > 0)
  }

  /// N26: the recording begins when objects live, and does not say so.
  @Test(arguments: ["clean.pages", "p2p.pages", "gpusvm"])
  func n26(recording: String) throws {
    let recorded = try RecordedEvents(recording)
    for part in 1..<4 {
      let late = Set(0..<recorded.events.count * part / 4)
      let trace = try LegalTrace(bytes: recorded.without(late, mark: .none))
      #expect(!trace.analysis.hasCertainViolation, "\(trace.analysis.lines)")
      #expect(trace.analysis.exitCode == 0)
    }
  }

  /// N26: counts that were sampled while others changed them.
  @Test func n26SampledLate() throws {
    let trace = try LegalTrace { kernel in
      let (one, allocation) = kernel.resident()
      let two = kernel.on(cpu: 1, pid: 101) { $0.vmCreate(one.device) }
      kernel.freeFolios(allocation)
      // The first put's return sees what the second one has done.
      kernel.beginPut(one.pagemap)
      kernel.on(cpu: 1, pid: 101) { $0.put(two.pagemap, sampled: 1) }
      kernel.drop(one.pagemap)
      kernel.endPut(one.pagemap)
      kernel.releaseOwner(one.peer)
      kernel.on(cpu: 1, pid: 101) { $0.releaseOwner(two.peer) }
    }
    trace.expectLegal()
    #expect(trace.count(.pagemapPut, duringOthers: .pagemapPut) == 1)
  }

  /// N26: a uprobe's handler takes one off a depth of 0; with a bit of the flags set, the borrow does
  /// not even look like an interrupt.
  @Test func n26BorrowedDepth() throws {
    let trace = try LegalTrace { kernel in
      let (vm, allocation) = kernel.resident()
      kernel.emit(
        "drm_pagemap_cache_lock_lookup",
        [
          "cache": .number(vm.device.cache), "common_flags": 0x03, "common_preempt_count": 0xff,
        ])
      kernel.emit(
        "drm_pagemap_cache_lock_lookup_ret", ["cache": .number(vm.device.cache), "ret": 0])
      kernel.unlockLookup(vm.device)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
    }
    trace.expectLegal()
  }
}
