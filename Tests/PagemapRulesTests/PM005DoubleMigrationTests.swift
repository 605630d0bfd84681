import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM005: device page migrated twice.
@Suite struct PM005DoubleMigrationTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(5)
  static let firesOn: [String] = [
    "d_stale_copy.pages", "d_stale_fault.pages", "d_stale_held.pages",
  ]
  static let silentOn: [String] = [
    "d_stale_copy.stock.pages", "d_stale_fault.stock.pages", "evict_race.pages",
  ]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a fault and then an eviction move the same pages") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      let pfns = (0..<4).map { allocation.firstPFN + $0 }
      kernel.beginFault(allocation)
      kernel.movePages(pfns, byFault: true)
      kernel.endFault(allocation)
      gap(&kernel)
      kernel.wait(milliseconds: 1)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        first = kernel.now
        kernel.movePages([pfns[0]], byFault: false)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 5, category: .doubleMigration, kind: .range, address: allocation.start),
        first
      )
    },
    BreakingTrace("an eviction copies pages whose content a fault has moved") { kernel, gap in
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
    BreakingTrace("the source of a move between devices is evicted again") { kernel, gap in
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

  static let lookAlikes: [LookAlike] = [
    LookAlike("an eviction names a retired page without a destination, and copies the others") {
      kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      let retired = allocation.firstPFN + 1
      kernel.beginFault(allocation)
      kernel.moveToRam(allocation, .byFault, moved: [retired])
      kernel.endFault(allocation)
      kernel.wait(milliseconds: 1)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collectPfns(allocation)
        kernel.mapPages(allocation, .byEviction)
        kernel.copy(allocation, skipped: [retired])
        kernel.unmapMigration(allocation, .byEviction)
        let others = (0..<4).map { allocation.firstPFN + $0 }.filter { $0 != retired }
        kernel.move(allocation, .byEviction, moved: others)
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a range moves from one device to the other within the destination's call") {
      kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 1)
      let one = kernel.vmCreate(near)
      let two = kernel.vmCreate(far)
      for turn in 0..<10 {
        let source = kernel.migrateToDevmem(turn % 2 == 0 ? one : two, at: 0x7f00_0000_0000)
        let vm = turn % 2 == 0 ? two : one
        let target = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
        kernel.populate(target) { kernel in
          kernel.initDevmem(target)
          kernel.beginMigration(target)
          kernel.initFolios(target)
          kernel.movePages((0..<4).map { source.firstPFN + $0 }, byFault: true)
          kernel.freeFolios(source)
          kernel.endMigration(target)
        }
        kernel.evict(target)
      }
      kernel.vmClose(one)
      kernel.vmClose(two)
    },
    LookAlike("a source folio of a device-to-device move lives on for a while") { kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 1)
      let one = kernel.vmCreate(near)
      let two = kernel.vmCreate(far)
      let source = kernel.migrateToDevmem(one, at: 0x7f00_0000_0000)
      kernel.vmClose(one)
      let target = kernel.offer(mm: two.mm, pagemap: two.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(target) { kernel in
        kernel.initDevmem(target)
        kernel.beginMigration(target)
        kernel.initFolios(target)
        kernel.freeFolios(source, Array(source.folios.dropFirst()))
        kernel.endMigration(target)
      }
      kernel.exitMmap(two.mm) { $0.freeFolios(target) }
      kernel.wait(milliseconds: 30)
      kernel.on(cpu: 1, pid: 0) { $0.freeFolios(source, [source.folios[0]]) }
      kernel.vmClose(two)
    },
    LookAlike("a page that raced is met by the eviction and skipped") { kernel in
      let (vm, allocation) = kernel.resident(waiting: 5)
      let pfns = (0..<4).map { allocation.firstPFN + $0 }
      kernel.beginFault(allocation)
      kernel.movePages(pfns, byFault: true)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.endFault(allocation)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.movePages([pfns[0]], byFault: false, migrated: false)
        kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      }
      let again = kernel.offer(
        mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, firstPFN: allocation.firstPFN)
      kernel.populate(again) { kernel in
        kernel.initDevmem(again)
        kernel.beginMigration(again)
        kernel.initFolios(again)
        kernel.endMigration(again)
      }
      kernel.movePages(pfns, byFault: false)
      kernel.freeFolios(again, isMigrated: true)
      kernel.vmClose(vm)
    },
  ]

  // MARK: Which page it is, in which range, and what names it

  /// A fault moves two pages of six, which stay held; then an eviction moves `again`.
  private func story(again: [Int], skipped: Set<Int> = []) -> (PagemapScenario, UInt64) {
    var kernel = PagemapScenario()
    let (vm, allocation) = kernel.resident(pages: 6, inSteps: true)
    let pfns = (0..<6).map { allocation.firstPFN + $0 }
    kernel.beginFault(allocation, page: 2)
    kernel.moveToRam(allocation, .byFault, moved: [pfns[2], pfns[3]])
    kernel.endFault(allocation, page: 2)
    kernel.wait(milliseconds: 1)
    kernel.evict(allocation, result: 0) { kernel in
      kernel.collect(allocation, .byEviction)
      kernel.mapPages(allocation, .byEviction)
      kernel.copy(allocation, skipped: Set(skipped.map { pfns[$0] }))
      kernel.unmapMigration(allocation, .byEviction)
      kernel.move(allocation, .byEviction, moved: again.map { pfns[$0] })
      kernel.finalize(allocation, .byEviction)
      kernel.freeFolios(allocation, isMigrated: true)
    }
    kernel.endOf(vm)
    return (kernel, allocation.firstPFN)
  }

  @Test func theStaleCopyIsOfThePageThatMovedBefore() throws {
    let (kernel, first) = story(again: [0, 1, 4, 5], skipped: [2])
    let analysis = try analyze(kernel.finish())
    let finding = try #require(analysis.violations.first)
    #expect(analysis.violations.count == 1 && finding.rule == RuleID(5), "\(analysis.lines)")
    #expect(finding.object.address == 0x7f00_0000_0000)
    #expect(finding.object.end == 0x7f00_0000_6000)
    let frame = "0x" + String(first + 3, radix: 16)
    #expect(finding.explanation.contains { $0.plain.contains(frame) }, "\(finding.explanation)")
    #expect(finding.evidence.contains { $0.event == "copy_to_ram" })
  }

  @Test func theSecondMoveIsOfThePageThatMovedBefore() throws {
    let (kernel, first) = story(again: [0, 1, 2, 4, 5], skipped: [2, 3])
    let analysis = try analyze(kernel.finish())
    let finding = try #require(analysis.violations.first)
    #expect(analysis.violations.count == 1 && finding.rule == RuleID(5), "\(analysis.lines)")
    let frame = "0x" + String(first + 2, radix: 16)
    #expect(finding.explanation.contains { $0.plain.contains(frame) }, "\(finding.explanation)")
  }

  @Test func aPartialMigrationThatSkipsWhatHasMovedIsLegal() throws {
    let (kernel, _) = story(again: [0, 1, 4, 5], skipped: [2, 3])
    try expectLegal(kernel)
  }
}
