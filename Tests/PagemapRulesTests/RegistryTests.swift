import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// Every rule is proven three ways: a trace on which it fires, a legal one that looks like it and is
/// silent, and the first with events lost in between, which leaves it open.
@Suite struct RegistryTests {
  /// A rule that only informs finds no violation. What PM054 needs of the model is still missing.
  private static let rules = RuleRegistry.all.filter {
    $0.severity > .info && $0.id.number != 54
  }.map(\.id)

  @Test(arguments: rules)
  func aRuleHasATraceOnWhichItFires(id: RuleID) {
    let defects = Defect.all.filter { $0.name.hasPrefix("\(id) ") }
    #expect(!defects.isEmpty, "no Defect is named for \(id)")
    for defect in defects {
      #expect(defect.whole().expected.rule == id.number, "\(defect.name) is for another rule")
    }
  }

  @Test(arguments: rules)
  func aRuleHasALegalLookAlike(id: RuleID) {
    let isThere = LookAlike.all.contains { $0.name.hasPrefix("\(id) ") }
    #expect(isThere, "no LookAlike is named for \(id)")
  }

  @Test(arguments: Defect.all)
  func aDefectHasAGapWithinTheObjectsLife(defect: Defect) {
    var gaps: [Int] = []
    var kernel = PagemapScenario()
    _ = defect.story(&kernel) { gaps.append($0.eventCount) }
    #expect(gaps.count == 1)
    #expect(gaps.allSatisfy { $0 > 0 && $0 < kernel.eventCount })
  }

  @Test func theGuidesNameWhatIsLegal() {
    for rule in RuleRegistry.all {
      #expect(!rule.guide.lookAlikes.isEmpty, "\(rule.id)")
    }
  }
}
