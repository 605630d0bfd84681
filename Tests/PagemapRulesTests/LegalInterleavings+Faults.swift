import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

// CPU faults and evictions that meet each other, or find nothing to do.
extension LegalInterleavingTests {
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
}
