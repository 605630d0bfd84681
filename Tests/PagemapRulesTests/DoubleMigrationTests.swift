import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// Double migration, page by page: which page it is, in which range, and what names it.
@Suite struct DoubleMigrationTests {
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
