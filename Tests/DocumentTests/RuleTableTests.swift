import DocumentSupport
import PagemapRules
import Testing

/// The rule table is complete, and agrees with what the rules say of themselves.
@Suite struct RuleTableTests {
  private static let rows = RuleTable.sections.flatMap(\.rows)

  /// R01 to R79, and the two that came later.
  private static let numbers =
    (1...79).map { ($0 < 10 ? "R0" : "R") + "\($0)" } + ["R06b", "R42b"]

  @Test func everyNumberIsThereOnce() {
    #expect(Self.rows.map(\.number).sorted() == Self.numbers.sorted())
  }

  @Test func everyRuleDecidesRowsOfTheTable() {
    for rule in RuleRegistry.all {
      #expect(!rule.guide.specification.isEmpty, "\(rule.id)")
      for number in rule.guide.specification {
        #expect(Self.numbers.contains(number), "\(rule.id) names \(number)")
      }
      #expect(Set(rule.guide.specification).count == rule.guide.specification.count)
    }
  }

  @Test func whatNoRuleDecidesHasAReason() {
    for row in Self.rows {
      let isDecided = !RuleTable.deciding(row, among: RuleRegistry.all).isEmpty
      #expect(isDecided != row.open.hasPrefix("all of it"), "\(row.number)")
      #expect(isDecided || row.open.count > 20, "\(row.number)")
      for match in row.open.matches(of: #/PM(\d{3})/#) {
        let id = RuleID(String(match.output.0))
        #expect(RuleRegistry.all.contains { $0.id == id }, "\(row.number)")
      }
    }
  }

  @Test func ruleIDsAreWithoutGaps() {
    #expect(RuleRegistry.all.map(\.id.number) == Array(1...RuleRegistry.all.count))
  }
}
