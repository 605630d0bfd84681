import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// What the kernel's tasks may do to each other: every legal interleaving of the specification, N01 to
/// N26, on a recording that shows it, or on a composed trace. None of it is a finding.
///
/// Here are those that the recording makes; the others are in files by what they are about.
@Suite struct LegalInterleavingTests {
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
