import NameMatching
import Testing

@Suite struct NameMatchingTests {
  @Test func globs() {
    #expect(Glob("a*b*c").matches("aXbYbc"))
    #expect(!Glob("a*b*c").matches("aXbYb"))
    #expect(Glob("*").matches(""))
    #expect(!Glob("").matches("a"))
    #expect(Glob("**a").matches("ba"))
    #expect(Glob("pmfake.?").matches("pmfake.0"))
    #expect(!Glob("pmfake.?").matches("pmfake."))
  }

  @Test(arguments: [
    ("mian", "main"), ("portabel", "portable"), ("pags", "pages"), ("main", "main"),
  ])
  func theNearestIsMeant(_ typed: String, _ meant: String) {
    #expect(Nearest.to(typed, among: ["main", "pages", "portable"]) == meant)
  }

  @Test(arguments: ["", "xyzzy", "something else"])
  func nothingNearIsNothing(_ typed: String) {
    #expect(Nearest.to(typed, among: ["main", "pages", "portable"]) == nil)
  }
}
