import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

// drm_gpusvm's ranges and pages.
extension LegalInterleavingTests {
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

  /// N15: ranges are invalidated while their pages are being gotten.
  @Test func n15() throws {
    let trace = try LegalTrace(recording: "gpusvm_stress")
    trace.expectLegal()
    #expect(trace.count(.notifierInvalidate, duringOthers: .getPages) > 100)
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
}
