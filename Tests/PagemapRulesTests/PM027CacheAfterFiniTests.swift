import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM027: cache used after its end.
@Suite struct PM027CacheAfterFiniTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(27)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["unbind"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a lookup enters a cache that is freed") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.lockLookup(gpu)
      kernel.unlockLookup(gpu)
      kernel.goOn()
      return (
        Expected(rule: 27, category: .useAfterDestroy, kind: .cache, address: gpu.cache), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a device that is bound again has its cache where the old one was") { kernel in
      var cache: UInt64?
      for turn in 0..<3 {
        let missed: Set<String> =
          turn == 1
          ? ["drm_pagemap_cache_create_devm_ret"]
          : turn == 2
            ? ["drm_pagemap_cache_create_devm"] : []
        var bound: PagemapScenario.Device?
        kernel.missing(missed) { bound = $0.bind("gpu", cache: cache) }
        guard let gpu = bound else { return }
        cache = gpu.cache
        kernel.vmClose(kernel.vmCreate(gpu))
        kernel.unplug(gpu)
        kernel.finishCache(gpu)
        kernel.finishShrinker(gpu)
      }
    },
    LookAlike("a cache cannot be made, and ends where an old one ended") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      kernel.emit(
        "drm_pagemap_cache_create_devm",
        ["shrinker": .number(gpu.shrinker), "drm": .number(gpu.drm), "dev": "gpu"])
      kernel.finishCache(gpu)
      kernel.emit(
        "drm_pagemap_cache_create_devm_ret", ["shrinker": .number(gpu.shrinker), "ret": -12])
    },
  ]
}
