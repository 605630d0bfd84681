import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

// Lookups that meet the shrinker, the last put or a signal.
extension LegalInterleavingTests {
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
