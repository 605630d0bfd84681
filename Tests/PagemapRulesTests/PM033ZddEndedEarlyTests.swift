import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM033: zdd reference dropped twice.
@Suite struct PM033ZddEndedEarlyTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(33)
  static let firesOn: [String] = []
  static let silentOn: [String] = [
    "d_lost_zdd.stock.pages", "d_zdd_no_put.stock.pages", "evict_race",
  ]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a zdd ends while folios of its allocation live") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.freeFolios(allocation, [allocation.folios[0]])
      gap(&kernel)
      let first = kernel.now
      kernel.destroyZdd(allocation)
      kernel.drop(allocation.pagemap)
      kernel.goOn()
      return (
        Expected(rule: 33, category: .refcountUnderflow, kind: .zdd, address: allocation.zdd), first
      )
    },
    BreakingTrace("a zdd ends before its last folio, which is freed later") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 2)
      kernel.freeFolios(allocation, [allocation.folios[0]])
      gap(&kernel)
      let first = kernel.now
      kernel.destroyZdd(allocation)
      kernel.drop(allocation.pagemap)
      kernel.wait(milliseconds: 3)
      kernel.emitFree(allocation, allocation.folios[1])
      kernel.goOn()
      return (
        Expected(rule: 33, category: .refcountUnderflow, kind: .zdd, address: allocation.zdd), first
      )
    },
    BreakingTrace("a zdd that no event has named ends before its folios, which are freed later") {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 2)
      gap(&kernel)
      let first = kernel.now
      kernel.destroyZdd(allocation)
      kernel.drop(allocation.pagemap)
      kernel.wait(milliseconds: 3)
      for folio in allocation.folios { kernel.emitFree(allocation, folio) }
      kernel.goOn()
      return (
        Expected(rule: 33, category: .refcountUnderflow, kind: .zdd, address: allocation.zdd), first
      )
    },
    BreakingTrace("a zdd ends twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let other = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.get(vm.pagemap)
      kernel.freeFolios(allocation)
      gap(&kernel)
      kernel.wait(milliseconds: 1)
      let first = kernel.now
      kernel.destroyZdd(allocation)
      kernel.drop(vm.pagemap)
      _ = other
      kernel.goOn()
      return (
        Expected(rule: 33, category: .refcountUnderflow, kind: .zdd, address: allocation.zdd), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("each migration's zdd is where the last one's was") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for turn in 0..<4 {
        let allocation = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, zdd: 0xff10_0000_9900_0000)
        kernel.populate(allocation, result: turn == 2 ? -16 : 0) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          if turn != 2 { kernel.initFolios(allocation) }
          kernel.endMigration(allocation, result: turn == 2 ? -16 : 0)
        }
        if turn != 2 { kernel.freeFolios(allocation) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("a migration that had begun gets the address of a zdd that ends") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let old = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 1)
      for fails in [true, false] {
        let ending = fails ? old : kernel.migrateToDevmem(vm, at: 0x7f00_0002_0000, pages: 1)
        let new = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0001_0000, zdd: ending.zdd)
        kernel.populate(new, result: fails ? -16 : 0) { kernel in
          kernel.initDevmem(new)
          kernel.beginMigration(new, hasZdd: false)
          kernel.on(cpu: 1, pid: 200) { $0.freeFolios(ending) }
          // Only now drm_pagemap_zdd_alloc runs.
          kernel.get(vm.pagemap)
          kernel.state.zdds[new.zdd] = 1
          if !fails { kernel.initFolios(new) }
          kernel.endMigration(new, result: fails ? -16 : 0)
        }
        if !fails { kernel.freeFolios(new) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("two tasks free a zdd's last folios at a time") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 2)
      kernel.emitFree(allocation, allocation.folios[0])
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.emitFree(allocation, allocation.folios[1])
        kernel.state.zdds[allocation.zdd] = 1
        kernel.putZdd(allocation)
      }
      kernel.vmClose(vm)
    },
  ]
}
