import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM020: device memory cannot be unmapped: pages of it live.
@Suite struct PM020UnmapBlockedTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(20)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["unbind", "exit_both"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("an unmap waits for pages that nobody frees", needsTheEnd: true) { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      gap(&kernel)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 9) { kernel in
        kernel.missing(["memunmap_pages_ret"]) { $0.unmapMemory(vm.pagemap) }
      }
      kernel.goOn()
      return (
        Expected(
          rule: 20, category: .leakPage, kind: .pagemap, address: vm.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("an unmap waits for a late reference, and returns") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.unplug(gpu)
      kernel.freeFolios(allocation, Array(allocation.folios.dropLast()))
      kernel.on(cpu: 1, pid: 300) { kernel in
        let pgmap = ScenarioFormats.Value.number(kernel.state.pgmap(of: vm.pagemap))
        kernel.emit("memunmap_pages", ["pgmap": pgmap])
        kernel.wait(milliseconds: 400)
        kernel.on(cpu: 0, pid: 100) { $0.freeFolios(allocation, [allocation.folios[3]]) }
        kernel.emit("memunmap_pages_ret", ["pgmap": pgmap])
      }
      kernel.vmClose(vm)
    },
    LookAlike("an unmap that was not seen to return, all pages are freed") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      kernel.missing(["memunmap_pages_ret"]) { kernel in
        kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      }
    },
  ]
}
