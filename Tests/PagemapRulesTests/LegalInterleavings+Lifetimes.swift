import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

// References, holds and groups that go late, elsewhere or in another order.
extension LegalInterleavingTests {
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

  /// N24: a put of no pagemap.
  @Test func n24() throws {
    let trace = try LegalTrace(recording: "gpusvm")
    trace.expectLegal()
    #expect(trace.count(.pagemapPut) { $0.event.dpagemap == 0 } == 5)
  }
}
