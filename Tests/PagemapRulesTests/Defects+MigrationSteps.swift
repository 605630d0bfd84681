import PagemapModel
import PagemapRules
import TestSupport

extension Defect {
  /// PM040 to PM045: the steps of one migration.
  static let migrationSteps: [Defect] = [
    Defect("PM040 a fault returns without finalizing its pass") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.move(allocation, .byFault, moved: [])
      let first = kernel.now
      kernel.endFault(allocation)
      kernel.freeFolios(allocation)
      kernel.endOf(vm)
      return (.allocation(40, .protocol, allocation), first)
    },
    Defect("PM040 an eviction collects again, and its first pass was not finalized") {
      kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        gap(&kernel)
        first = kernel.now
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (.allocation(40, .protocol, allocation), first)
    },
    Defect("PM041 the driver copies behind the finalization") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        first = kernel.now
        kernel.copy(allocation)
        kernel.freeFolios(allocation)
      }
      kernel.endOf(vm)
      return (.allocation(41, .protocol, allocation), first)
    },
    Defect("PM041 an eviction copies to the device") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        first = kernel.now
        kernel.copy(allocation, toDevice: true)
        kernel.move(allocation, .byEviction)
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (.allocation(41, .protocol, allocation), first)
    },
    Defect("PM042 a failed fault clears its array and then unmaps") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault)
      kernel.copy(allocation, result: -5)
      kernel.clearPages(allocation)
      kernel.move(allocation, .byFault, moved: [])
      kernel.finalize(allocation, .byFault)
      let first = kernel.now
      kernel.unmapMigration(allocation, .byFault, arrays: true)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation)
      kernel.endOf(vm)
      return (.allocation(42, .dmaMapping, allocation), first)
    },
    Defect("PM043 a fault returns with its pages mapped for DMA") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault)
      kernel.copy(allocation)
      kernel.move(allocation, .byFault)
      kernel.finalize(allocation, .byFault)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      let first = kernel.now
      kernel.endFault(allocation)
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.endOf(vm)
      return (.allocation(43, .dmaMapping, allocation), first)
    },
    Defect("PM044 a copy fails, and the pages move all the same") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        kernel.mapPages(allocation, .byEviction)
        kernel.copy(allocation, result: -5)
        kernel.unmapMigration(allocation, .byEviction)
        first = kernel.now
        kernel.move(allocation, .byEviction)
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (.allocation(44, .protocol, allocation), first)
    },
    Defect("PM045 a second attempt begins with the count of the first") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.failToMove(allocation, .byEviction)
        kernel.collect(allocation, .byEviction)
        first = kernel.now
        kernel.populateRam(allocation, count: 4)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation)
      }
      kernel.endOf(vm)
      return (.allocation(45, .doubleMigration, allocation), first)
    },
    Defect("PM045 a retry that locked nothing maps and copies") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.failToMove(allocation, .byEviction)
        kernel.collectPfns(allocation, locked: [])
        first = kernel.now
        kernel.mapPages(allocation, .byEviction)
        kernel.copy(allocation)
        kernel.unmapMigration(allocation, .byEviction)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation)
      }
      kernel.endOf(vm)
      return (.allocation(45, .doubleMigration, allocation), first)
    },
    Defect("PM045 the array of mapped pages is empty") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault)
      let first = kernel.now
      kernel.mapArrays(allocation, mapped: [0, 0, 0, 0])
      kernel.unmapMigration(allocation, .byFault)
      kernel.move(allocation, .byFault, moved: [])
      kernel.finalize(allocation, .byFault)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation)
      kernel.endOf(vm)
      return (.allocation(45, .doubleMigration, allocation), first)
    },
  ]

  /// PM046 to PM048, and double migration page by page: what a migration does as a whole.
  static let migrationResults: [Defect] = [
    Defect("PM046 an eviction says success, and the zdd lives") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        gap(&kernel)
        kernel.wait(microseconds: 20)
        first = kernel.now
      }
      kernel.freeFolios(allocation)
      kernel.endOf(vm)
      return (.allocation(46, .evictionStuck, allocation), first)
    },
    Defect("PM046 a fourth attempt of an eviction") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        for _ in 0..<3 { kernel.failToMove(allocation, .byEviction) }
        first = kernel.now
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (.allocation(46, .evictionStuck, allocation), first)
    },
    Defect("PM047 a CPU fault moves pages within their timeslice") { kernel, gap in
      let (vm, allocation) = kernel.resident(timesliceMs: 100, inSteps: true)
      gap(&kernel)
      kernel.wait(milliseconds: 5)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      let first = kernel.now
      kernel.mapPages(allocation, .byFault)
      kernel.copy(allocation)
      kernel.unmapMigration(allocation, .byFault)
      kernel.move(allocation, .byFault)
      kernel.finalize(allocation, .byFault)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.endOf(vm)
      return (.allocation(47, .protocol, allocation, severity: .warning), first)
    },
    Defect("PM048 a notifier evicts") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      var first = kernel.now
      kernel.invalidate(kernel.mirror()) { kernel in
        gap(&kernel)
        kernel.wait(microseconds: 20)
        first = kernel.now
        kernel.evict(allocation)
      }
      kernel.endOf(vm)
      return (.allocation(48, .protocol, allocation), first)
    },
    Defect("PM005 an eviction copies pages whose content a fault has moved") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      let pfns = (0..<4).map { allocation.firstPFN + $0 }
      kernel.beginFault(allocation)
      kernel.moveToRam(allocation, .byFault)
      kernel.endFault(allocation)
      gap(&kernel)
      kernel.wait(milliseconds: 1)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        kernel.mapPages(allocation, .byEviction)
        first = kernel.now
        kernel.copy(allocation, pfns: pfns)
        kernel.unmapMigration(allocation, .byEviction)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (
        Expected(rule: 5, category: .doubleMigration, kind: .range, address: allocation.start),
        first
      )
    },
    Defect("PM005 the source of a move between devices is evicted again") { kernel, gap in
      let far = kernel.bind("far")
      let near = kernel.bind("near")
      let vm = kernel.vmCreate(far)
      let other = kernel.vmCreate(near)
      let source = kernel.migrateInSteps(vm, at: 0x7f00_0000_0000)
      let target = kernel.offer(mm: vm.mm, pagemap: other.pagemap, at: source.start)
      kernel.populate(target) { kernel in
        kernel.initDevmem(target)
        kernel.beginMigration(target)
        kernel.setUpVMA(target)
        kernel.initFolios(target)
        kernel.copy(source)
        kernel.move(source, .byFault)
        kernel.finalize(target, .toDevice)
        kernel.endMigration(target)
      }
      gap(&kernel)
      kernel.wait(milliseconds: 1)
      var first = kernel.now
      kernel.evict(source, result: 0) { kernel in
        kernel.collect(source, .byEviction)
        first = kernel.now + 2 * kernel.tick
        kernel.mapPages(source, .byEviction)
        kernel.copy(source)
        kernel.unmapMigration(source, .byEviction)
        kernel.move(source, .byEviction)
        kernel.finalize(source, .byEviction)
        kernel.freeFolios(source, isMigrated: true)
      }
      kernel.freeFolios(target)
      kernel.vmClose(other)
      kernel.endOf(vm)
      return (
        Expected(rule: 5, category: .doubleMigration, kind: .range, address: source.start), first
      )
    },
  ]
}
