import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

// Migrations to a device that fail, race, come again or go nowhere.
extension LegalInterleavingTests {
  /// N02: a migration to the device fails for many reasons. In `evict_race` other tasks get in its way
  /// (-EBUSY), in `holes` the VMA is gone (-ENOENT), in `unbind` the device (-ENODEV).
  @Test(arguments: [("evict_race", -16), ("holes", -2), ("unbind", -19)] as [(String, Int64)])
  func n02(recording: String, result: Int64) throws {
    let trace = try LegalTrace(recording: recording)
    trace.expectLegal()
    #expect(trace.count(.populateMMReturn, result: result) > 0)
  }

  /// N02: "Raced while finalizing": some folios stay, and their zdd lives on.
  @Test func n02RacedWhileFinalizing() throws {
    let trace = try LegalTrace { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation, result: -16) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.setUpVMA(allocation)
        kernel.initFolios(allocation)
        kernel.mapPages(allocation, .toDevice)
        kernel.copy(allocation, toDevice: true)
        kernel.unmapMigration(allocation, .toDevice)
        kernel.move(allocation, .toDevice, moved: [allocation.firstPFN, allocation.firstPFN + 1])
        kernel.finalize(allocation, .toDevice)
        kernel.freeFolios(allocation, Array(allocation.folios.suffix(2)))
        kernel.endMigration(allocation, result: -16)
      }
      kernel.wait(milliseconds: 5)
      kernel.fault(allocation, moved: Array(allocation.folios.prefix(2)))
      kernel.vmClose(vm)
    }
    trace.expectLegal()
    #expect(trace.count(.migrateToDevmemReturn, result: -16) == 1)
    #expect(trace.count(.zddDestroy) { $0.calls.isEmpty } == 1)
  }

  /// N03: xe's single retry. The range moves to system memory and back: folios with new lives.
  @Test func n03() throws {
    let trace = try LegalTrace { kernel in
      let (vm, mirror) = kernel.mirrored()
      let old = kernel.migrateInSteps(vm, at: mirror.start)
      kernel.wait(milliseconds: 20)
      kernel.xeAllocVram(mirror, vm.pagemap) { kernel in
        let failed = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: mirror.start)
        kernel.populate(failed, result: -16) { _ in }
        kernel.evictRange(mirror) { $0.faultInSteps(old) }
        let again = kernel.migrateInSteps(vm, at: mirror.start)
        kernel.wait(milliseconds: 20)
        kernel.freeFolios(again)
      }
      kernel.vmClose(vm)
    }
    trace.expectLegal()
    #expect(trace.count(.populateMM) { $0.isIn(.xeAllocVram) } == 2)
    #expect(trace.count(.migrateToRam) { $0.isIn(.rangeEvict) } == 1)
  }

  /// N04: the pages are there already: a populate that returns 0 and gives its allocation back, as
  /// `evict_race` shows; and an allocation of xe's that does not populate at all.
  @Test func n04() throws {
    let recording = try LegalTrace(recording: "evict_race")
    recording.expectLegal()
    let ended = recording.steps(.zddDestroy).compactMap { step in
      step.calls.last { $0.kind == .migrateToDevmem && $0.devmem == step.event.devmem }
    }
    let unnecessary = recording.steps(.migrateToDevmemReturn).count { step in
      step.event.result == 0 && ended.contains { $0.sequence == step.calls.last?.sequence }
    }
    #expect(unnecessary > 0)

    let composed = try LegalTrace { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.xeAllocVram(mirror, vm.pagemap) { _ in }
      kernel.vmClose(vm)
    }
    composed.expectLegal()
    #expect(composed.count(.xeAllocVramReturn, result: 0) == 1 && composed.count(.populateMM) == 0)
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
}
