import TestSupport
import Testing

/// Legal stories with calls whose return the recording does not show, although its probe is there.
/// Any rule might fire on them.
@Suite struct UnseenReturnTests: LegalCases {
  @Test(arguments: proofs) func isLegal(proof: Proof) throws { try proof.check() }

  private static let returns = [
    "drm_pagemap_populate_mm_ret", "drm_pagemap_migrate_to_devmem_ret",
    "drm_pagemap_migrate_to_ram_ret", "drm_pagemap_evict_to_ram_ret",
    "drm_pagemap_acquire_owner_ret", "drm_pagemap_init_ret", "drm_pagemap_put_ret",
    "drm_pagemap_get_from_cache_ret", "drm_pagemap_cache_lock_lookup_ret",
    "drm_pagemap_shrinker_scan_ret", "exit_mmap_ret", "memunmap_pages_ret",
    "drm_pagemap_reinit_ret", "drm_pagemap_shrinker_cancel_ret",
  ]

  static let lookAlikes: [LookAlike] = returns.map { name in
    LookAlike("no \(name) is recorded though its probe is there") { kernel in
      kernel.missingEvents = [name]
      let gpu = kernel.bind("gpu")
      for turn in 0..<3 {
        let vm = kernel.vmCreate(gpu)
        let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        let two = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000)
        kernel.fault(one)
        if turn == 1 { kernel.evict(two) }
        kernel.wait(milliseconds: 2)
        kernel.exitMmap(vm.mm) { if turn != 1 { $0.freeFolios(two) } }
        kernel.vmClose(vm)
        kernel.wait(milliseconds: turn == 0 ? 1 : 150)
        if turn == 1 {
          _ = kernel.shrink(gpu)
          kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
        }
      }
    }
  }
}
