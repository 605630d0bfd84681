import PagemapAnalysis
import PagemapRules
import Testing

/// Preempt counts of a text: it does not say which probes there are, and fprobes raise the count.
@Suite struct PreemptCountTextTests {
  private static func text(depth: Int) -> [UInt8] {
    Array(
      """
      # tracer: nop
      #
                rmmod-286     [000] ...1.    37.680000: drm_pagemap_shrinker_fini: (drm_pagemap_shrinker_fini+0x4/0x60 [drm_gpusvm_helper]) shrinker=0xff49a2cc03926a00
                rmmod-286     [000] ...2.    37.690008: memunmap_pages: (memunmap_pages+0x4/0x20) pgmap=0xff49a2cc02b41d00
                rmmod-286     [000] ...1.    37.690020: memunmap_pages_ret: (x <- memunmap_pages) pgmap=0xff49a2cc02b41d00
                rmmod-286     [000] ...\(depth).    37.690100: drm_pagemap_cache_fini: (drm_pagemap_cache_fini+0x4/0x60 [drm_gpusvm_helper]) cache=0xff49a2cc03926a80

      """.utf8)
  }

  @Test func entriesWhoseReturnsAreWatchedAreLegal() throws {
    let analysis = try analyze(Self.text(depth: 2))
    #expect(analysis.outcome(of: 54) != .violated, "\(analysis.lines)")
    #expect(analysis.violations.filter { $0.rule == RuleID(54) }.isEmpty)
  }

  @Test func aCountAboveThatIsReported() throws {
    let analysis = try analyze(Self.text(depth: 3))
    #expect(analysis.violations.contains { $0.rule == RuleID(54) })
  }
}
