import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM054: function left with another preempt count. A text does not say which probes there are:
/// what it allows is tested below.
@Suite struct PM054PreemptCountTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(54)
  static let firesOn: [String] = ["d_cache_lock", "d_cache_lock.pages"]
  static let silentOn: [String] = ["d_cache_lock.stock.pages", "clean"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a lookup's lock is asked for with a spinlock held") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.emit(
        "drm_pagemap_cache_lock_lookup",
        ["cache": .number(gpu.cache), "common_preempt_count": 3])
      kernel.emit(
        "drm_pagemap_cache_lock_lookup_ret", ["cache": .number(gpu.cache), "ret": 0])
      kernel.unlockLookup(gpu)
      kernel.vmClose(vm)
      kernel.goOn()
      return (Expected(rule: 54, category: .protocol, kind: .cache, address: gpu.cache), first)
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("the tracer's own handlers add one or two to every count") { kernel in
      let gpu = kernel.bind("gpu")
      for _ in 0..<3 {
        kernel.emit(
          "drm_pagemap_cache_lock_lookup",
          ["cache": .number(gpu.cache), "common_preempt_count": 2])
        kernel.emit(
          "drm_pagemap_cache_lock_lookup_ret",
          ["cache": .number(gpu.cache), "ret": 0, "common_preempt_count": 1])
        kernel.unlockLookup(gpu)
      }
      kernel.vmClose(kernel.vmCreate(gpu))
    },
    LookAlike("a uprobe's handler takes one off a depth of 0") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.emit(
        "drm_pagemap_cache_lock_lookup",
        ["cache": .number(gpu.cache), "common_preempt_count": 0xff])
      kernel.emit(
        "drm_pagemap_cache_lock_lookup_ret", ["cache": .number(gpu.cache), "ret": 0])
      kernel.unlockLookup(gpu)
      kernel.vmClose(vm)
    },
  ]

  // MARK: Counts of a text, where fprobes raise the count

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
