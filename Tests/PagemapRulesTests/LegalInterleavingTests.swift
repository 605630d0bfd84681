import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// What the kernel's tasks may do to each other: every legal interleaving of the specification, N01 to
/// N26, on a recording that shows it, or on a composed trace. None of it is a finding.
@Suite struct LegalInterleavingTests {
  /// N01: several CPU faults on one page. The second one waits, and finds nothing left to move.
  @Test func n01() throws {
    let trace = try LegalTrace { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      for (cpu, collected) in [(UInt32(1), UInt64(0)), (2, 1)] {
        kernel.on(cpu: cpu, pid: 200 + Int32(cpu)) { kernel in
          kernel.beginFault(allocation)
          kernel.setUpVMA(allocation, collected: collected)
        }
      }
      kernel.moveToRam(allocation, .byFault)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.endFault(allocation)
      // Nothing was collected; and what was collected is retired, so that nothing is populated.
      kernel.on(cpu: 1, pid: 201) { $0.endFault(allocation) }
      kernel.on(cpu: 2, pid: 202) { kernel in
        kernel.populateRam(allocation)
        kernel.unmapMigration(allocation, .byFault)
        kernel.move(allocation, .byFault, moved: [])
        kernel.finalize(allocation, .byFault)
        kernel.endFault(allocation)
      }
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.vmClose(vm)
    }
    trace.expectLegal()
    #expect(trace.count(.migrateToRam, duringOthers: .migrateToRam) { $0.page == $1.page } == 2)
  }

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

  /// N05: the garbage collector restarts a fault, whose retry counters begin anew.
  @Test func n05() throws {
    let trace = try LegalTrace { kernel in
      kernel.xeInit(0xff10_0000_d000_0000)
      let (vm, mirror) = kernel.mirrored()
      kernel.xeFault(0xff10_0000_d000_0000) { kernel in
        for attempt in 0..<4 {
          kernel.emit("xe_svm_garbage_collector", ["vm": 0x77])
          kernel.emit(
            "xe_svm_garbage_collector_ret", ["vm": 0x77, "ret": attempt < 3 ? -11 : 0])
          guard attempt == 3 else { continue }
          kernel.xeAllocVram(mirror, vm.pagemap, result: -16) { kernel in
            for _ in 0..<2 {
              let failed = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: mirror.start)
              kernel.populate(failed, result: -16) { _ in }
              kernel.evictRange(mirror)
            }
          }
        }
      }
      kernel.xeClose(0xff10_0000_d000_0000)
      kernel.vmClose(vm)
      kernel.xeFini(0xff10_0000_d000_0000)
    }
    trace.expectLegal()
    #expect(trace.count(.xeGarbageCollectReturn, result: -11) == 3)
  }

  /// N06: pages that cannot be gotten as they are: the range is evicted, and they are gotten again.
  @Test func n06() throws {
    let trace = try LegalTrace(recording: "gpusvm_stress")
    trace.expectLegal()
    let failed = trace.steps(.getPagesReturn).first { $0.event.result == -95 }
    let event = try #require(failed).event
    let next = trace.steps.dropFirst(Int(event.sequence) + 1).filter { $0.event.pid == event.pid }
    let evict = try #require(next.first { $0.event.kind == .rangeEvict }).event
    #expect(next.contains { $0.event.kind == .getPages && $0.event.sequence > evict.sequence })
  }

  /// N07: a lookup finds its pagemap off the list, since the shrinker has it: it makes a second one
  /// while the first is being destroyed.
  @Test func n07() throws {
    let trace = try LegalTrace { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      kernel.wait(milliseconds: 1)
      var new: PagemapScenario.VM?
      let shrunk = kernel.shrink(gpu) { kernel in
        kernel.on(cpu: 1, pid: 200) { new = $0.vmCreate(gpu) }
      }
      kernel.wait(milliseconds: 1)
      if let shrunk { kernel.on(cpu: 2, pid: 9) { $0.destroyWork(shrunk) } }
      if let new { kernel.on(cpu: 1, pid: 200) { $0.vmClose(new) } }
    }
    trace.expectLegal()
    #expect(
      trace.count(.shrinkerCancelReturn, duringOthers: .shrinkerScan) { event, _ in
        event.result == 0
      } == 1)
    #expect(trace.analysis.summary?.pagemaps.created == 2)
  }

  /// N08: a lookup waits while another CPU is between the last reference and the list; a signal ends
  /// the wait of another one.
  @Test func n08() throws {
    let trace = try LegalTrace { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.wait(milliseconds: 1)
      // The lookup samples the count when the last reference is gone, and the pagemap is on no list.
      kernel.lockLookupOf(gpu, pid: 200, sampled: vm.pagemap)
      kernel.vmClose(vm)
      kernel.endLookupOf(gpu, pid: 200, result: -4)
      kernel.vmClose(kernel.vmCreate(gpu))
    }
    trace.expectLegal()
    #expect(trace.count(.pagemapRelease, duringOthers: .getFromCache) == 1)
    #expect(trace.analysis.summary?.pagemaps.revived == 1)
  }

  /// N09: a cached pagemap is revived: the same pointer, a count from 0 to 1.
  @Test func n09() throws {
    let trace = try LegalTrace(recording: "cache_revive")
    trace.expectLegal()
    let revived = trace.steps(.pagemapReinit).filter { $0.isIn(.getFromCache) }
    #expect(revived.count == 4)
    #expect(Set(revived.compactMap { $0.event.dpagemap }).count == 1)
    #expect(trace.analysis.summary?.pagemaps.revived == 4)
  }

  /// N10: holds of providers are dropped later, by the system's worker, several at a time.
  @Test func n10() throws {
    let trace = try LegalTrace(recording: "vm_churn_idle")
    trace.expectLegal()
    let releases = Set(trace.steps(.pagemapRelease).map(\.event.pid))
    let works = trace.steps(.devUnholdWork)
    #expect(works.count < trace.count(.pagemapRelease), "one work drops several holds")
    #expect(works.allSatisfy { !releases.contains($0.event.pid) })
  }

  /// N11: the destroyed pagemap's worker lets its peer leave, on a task of its own, and where the
  /// device is gone does not unmap the memory.
  @Test func n11() throws {
    let trace = try LegalTrace(recording: "unbind")
    trace.expectLegal()
    let destroyers = Set(trace.steps(.pagemapDestroy).map(\.event.pid))
    #expect(trace.count(.releaseOwner) { !destroyers.contains($0.event.pid) } > 0)
    #expect(trace.analysis.summary?.pagemaps.destroyed == 2)
  }

  /// N12: folios are freed and zdds end in any task, long after the migration: here when the process
  /// exits.
  @Test func n12() throws {
    let trace = try LegalTrace(recording: "exit_dirty")
    trace.expectLegal()
    #expect(trace.count(.folioFree) { $0.calls.allSatisfy { $0.kind == .exitMmap } } == 128)
    #expect(trace.count(.zddDestroy) { !$0.isIn(.migrateToDevmem) } == 8)
  }

  /// N13: evictions that fail while a CPU fault or another migration has the pages, or that find the
  /// work done.
  @Test func n13() throws {
    let recording = try LegalTrace(recording: "evict_race.pages")
    recording.expectLegal()
    #expect(recording.count(.evictToRamReturn, result: -16) > 0)
    #expect(recording.count(.evictToRamReturn, result: 0) > 0)

    let composed = try LegalTrace { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.evict(allocation, result: 0) { kernel in
          for attempt in 0..<3 {
            kernel.collectPfns(allocation, locked: [])
            if attempt == 1 {
              kernel.on(cpu: 0, pid: 100) { kernel in
                kernel.moveToRam(allocation, .byFault)
                kernel.finishFault(allocation)
              }
            }
            kernel.unmapMigration(allocation, .byEviction)
            kernel.move(allocation, .byEviction, moved: [])
            kernel.finalize(allocation, .byEviction)
          }
        }
      }
      kernel.vmClose(vm)
    }
    composed.expectLegal()
    #expect(composed.count(.migrateDevicePfnsReturn) { $0.isIn(.evictToRam) } == 3)
    #expect(composed.count(.zddDestroy, duringOthers: .evictToRam) == 1)
  }
}

extension PagemapScenario {
  /// A lookup enters the cache and samples a pagemap that is on its way out.
  mutating func lockLookupOf(_ device: Device, pid: Int32, sampled pagemap: UInt64) {
    on(cpu: 1, pid: pid) { kernel in
      kernel.lockLookup(device)
      kernel.emit(
        "drm_pagemap_get_from_cache",
        [
          "cache": .number(device.cache), "dpagemap": .number(pagemap), "ref": 1, "queued": 0,
        ])
    }
  }

  /// The lookup ends with an error.
  mutating func endLookupOf(_ device: Device, pid: Int32, result: Int64) {
    on(cpu: 1, pid: pid) { kernel in
      kernel.emit(
        "drm_pagemap_get_from_cache_ret",
        ["cache": .number(device.cache), "ret": .signed(result), "ref": 1_613_005])
      kernel.unlockLookup(device)
    }
  }
}
