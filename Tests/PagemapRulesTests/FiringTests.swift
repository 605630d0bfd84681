import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

/// Every rule fires where it is broken, is silent about what is missing, and says so.
@Suite struct FiringTests {
  @Test(arguments: Defect.all)
  func aBrokenRuleGivesOneFindingOnTheRightObject(defect: Defect) throws {
    let (kernel, expected, firstSeen) = defect.whole()
    let finding = try expectFinding(expected, in: kernel)
    #expect(finding.firstSeen.time == firstSeen)
  }

  @Test(arguments: Defect.all, [nil, 3] as [UInt64?])
  func lostEventsWithinTheObjectsLifeTakeTheCertaintyAway(defect: Defect, count: UInt64?) throws {
    let (kernel, expected) = defect.lossy(count: count)
    let analysis = try analyze(kernel.finish())
    #expect(!analysis.hasCertainViolation, "\(analysis.lines)")
    #expect(analysis.exitCode == 2)
    #expect(analysis.verdict == .inconclusive)
    #expect(analysis.outcome(of: expected.rule) == .inconclusive)
    #expect(analysis.ledger?.isIncomplete == true)
    #expect(analysis.violations.allSatisfy { $0.severity == .warning }, "\(analysis.lines)")
  }

  @Test(arguments: Defect.all)
  func eventsLostLaterTakeOnlyTheCertaintyOfWhatNeedsTheEnd(defect: Defect) throws {
    var (kernel, expected, _) = defect.whole()
    kernel.wait(milliseconds: 50)
    kernel.loseEvents(count: 2)
    kernel.heartbeat()
    let analysis = try analyze(kernel.finish())
    let finding = try #require(analysis.violations.first { $0.rule == RuleID(expected.rule) })
    #expect(finding.isCertain == !defect.needsTheEnd, "\(analysis.lines)")
    let fails = !defect.needsTheEnd && expected.severity == .error
    #expect(analysis.exitCode == (fails ? 1 : 2), "\(analysis.lines)")
  }

  @Test(arguments: Defect.all)
  func eventsLostBeforeTheObjectsLifeTakeNothing(defect: Defect) throws {
    var kernel = PagemapScenario()
    kernel.heartbeat()
    kernel.loseEvents(count: 7)
    kernel.heartbeat()
    kernel.wait(milliseconds: 1)
    let (expected, _) = defect.story(&kernel) { _ in }
    try expectFinding(expected, in: kernel, exitCode: expected.severity == .error ? 1 : 2)
  }

  @Test(arguments: RuleRegistry.all.map(\.id))
  func aRuleWithoutItsProbesIsNotEvaluable(id: RuleID) throws {
    let metadata = try #require(RuleRegistry.metadata(of: id))
    for need in metadata.needs {
      var kernel = PagemapScenario()
      kernel.absentProbes = Set(need.flatMap(recordedNames))
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 200)
      kernel.heartbeat()
      let analysis = try analyze(kernel.finish())
      #expect(analysis.outcome(of: id.number) == .notEvaluable, "without \(need)")
      #expect(analysis.exitCode == 0, "without \(need): \(analysis.lines)")
    }
  }

  private func recordedNames(_ kind: PagemapEvent.Kind) -> [String] {
    let origin = kind.origin
    return ["\(origin.function)" + (origin.phase == .return ? "_ret" : "")]
  }
}
