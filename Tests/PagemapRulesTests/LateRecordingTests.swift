import TestSupport
import Testing

/// Legal stories about objects that are older than the recording. Any rule might fire on them.
@Suite struct LateRecordingTests: LegalCases {
  @Test(arguments: proofs) func isLegal(proof: Proof) throws { try proof.check() }

  static let lookAlikes: [LookAlike] = [
    LookAlike("a pagemap and its VM are older than the recording") { kernel in
      var vm: PagemapScenario.VM?
      let gpu = unseen(&kernel) { kernel, gpu in vm = kernel.vmCreate(gpu) }
      guard let old = vm else { return }
      let allocation = kernel.migrateToDevmem(old, at: 0x7f00_0000_0000)
      kernel.pid = 101
      let new = kernel.vmCreate(gpu)
      kernel.vmClose(new)
      kernel.wait(milliseconds: 300)
      kernel.exitMmap(old.mm) { $0.freeFolios(allocation) }
      kernel.vmClose(old)
    },
    LookAlike("a VM older than the recording stays when the others have left") { kernel in
      let gpu = unseen(&kernel) { kernel, gpu in _ = kernel.vmCreate(gpu) }
      kernel.pid = 101
      let new = kernel.vmCreate(gpu)
      kernel.freeFolios(kernel.migrateToDevmem(new, at: 0x7f00_0000_0000))
      kernel.vmClose(new)
    },
    LookAlike("a VM older than the recording refers to a pagemap that is younger") { kernel in
      let near = unseen(&kernel) { kernel, near in _ = kernel.vmCreate(near) }
      let far = kernel.bind("far", island: near.island)
      kernel.pid = 101
      let new = kernel.vmCreate(far)
      // The old VM's attribute names the new pagemap.
      kernel.get(new.pagemap)
      kernel.vmClose(new)
    },
    LookAlike("allocations and zdds are older than the recording") { kernel in
      var old: PagemapScenario.VM?
      var allocations: [PagemapScenario.Allocation] = []
      _ = unseen(&kernel) { kernel, gpu in
        let vm = kernel.vmCreate(gpu)
        allocations = (0..<4).map {
          kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000 + UInt64($0) * 0x10000)
        }
        old = vm
      }
      guard let vm = old else { return }
      kernel.fault(allocations[0], moved: [allocations[0].folios[0]])
      kernel.evict(allocations[1])
      kernel.freeFolios(allocations[2])
      kernel.exitMmap(vm.mm) { kernel in
        kernel.freeFolios(allocations[0], Array(allocations[0].folios.dropFirst()))
        kernel.freeFolios(allocations[3])
      }
      kernel.vmClose(vm)
    },
    LookAlike("an allocation older than the recording lives on in a living process") { kernel in
      var old: PagemapScenario.VM?
      var allocation: PagemapScenario.Allocation?
      _ = unseen(&kernel) { kernel, gpu in
        let vm = kernel.vmCreate(gpu)
        allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        old = vm
      }
      guard let vm = old, let allocation else { return }
      kernel.freeFolios(allocation, [allocation.folios[0]])
      kernel.vmClose(vm)
    },
    LookAlike("the recording begins within a close") { kernel in
      var vms: [PagemapScenario.VM] = []
      _ = unseen(&kernel) { kernel, gpu in
        vms = [kernel.vmCreate(gpu), kernel.vmCreate(gpu)]
        kernel.put(vms[0].pagemap)
      }
      kernel.releaseOwner(vms[0].peer)
      kernel.wait(milliseconds: 10)
      kernel.vmClose(vms[1])
    },
    LookAlike("the recording begins within a lookup") { kernel in
      let gpu = unseen(&kernel) { kernel, gpu in
        kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: 0)
        kernel.lockLookup(gpu)
      }
      let pagemap = kernel.getFromCache(gpu) ?? kernel.createPagemap(gpu)
      kernel.unlockLookup(gpu)
      kernel.wait(milliseconds: 200)
      kernel.put(pagemap)
      kernel.releaseOwner(0xff10_0000_7700_0028)
    },
    LookAlike("the recording begins within a migration") { kernel in
      var allocation: PagemapScenario.Allocation?
      var old: PagemapScenario.VM?
      _ = unseen(&kernel) { kernel, gpu in
        let vm = kernel.vmCreate(gpu)
        let offered = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
        kernel.initDevmem(offered)
        kernel.beginMigration(offered)
        kernel.initFolios(offered, count: 2)
        (allocation, old) = (offered, vm)
      }
      guard let allocation, let old else { return }
      kernel.initFolios(allocation)
      kernel.endMigration(allocation)
      kernel.state.zdds[allocation.zdd] = 4
      kernel.freeFolios(allocation)
      kernel.vmClose(old)
    },
    LookAlike("a cached pagemap older than the recording is revived, and shrunk later") { kernel in
      let gpu = unseen(&kernel) { kernel, gpu in kernel.vmClose(kernel.vmCreate(gpu)) }
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
  ]

  /// A device that is older than the recording, and what else happened before it.
  private static func unseen(
    _ kernel: inout PagemapScenario,
    _ body: (inout PagemapScenario, PagemapScenario.Device) -> Void
  ) -> PagemapScenario.Device {
    kernel.isRecording = false
    let gpu = kernel.bind("gpu")
    body(&kernel, gpu)
    kernel.isRecording = true
    return gpu
  }
}
