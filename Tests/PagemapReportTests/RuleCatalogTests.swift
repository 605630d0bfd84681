import PagemapReport
import Testing

@Suite struct RuleCatalogTests {
  @Test func list() throws {
    try expectGolden(RuleCatalog.list(Samples.rules, options: RenderOptions()), "rules-list")
  }

  @Test func explain() throws {
    let bytes = RuleCatalog.explain(Samples.rules[0], options: RenderOptions())
    try expectGolden(bytes, "rules-explain")
  }
}
