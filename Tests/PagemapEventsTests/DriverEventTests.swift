import PagemapEvents
import Testing

private let pointer: UInt64 = 0xff36_1d00_0012_3440
private let other: UInt64 = 0xff36_1d00_0045_6700
private let enomem = UInt64(bitPattern: -12)

private func probe(_ name: String, _ fields: [(String, RecordedProbe.Value)]) -> RecordedProbe {
  RecordedProbe(
    name: name, system: "xe_svm", isReturn: name.hasSuffix("_ret"), fields: fields)
}

/// Events of drivers and what they mean. Pointers are 0xff361d0000123440 and 0xff361d0000456700.
private let cases: [(probe: RecordedProbe, meaning: String)] = [
  (
    probe(
      "alloc_vram",
      [
        ("range", .u64(pointer)), ("dpagemap", .u64(other)), ("start", .u64(0x1000)),
        ("last", .u64(0x1fff)),
      ]),
    "range=0xff361d0000123440 dpagemap=0xff361d0000456700 start=0x1000 end=0x2000"
  ),
  (
    probe("alloc_vram_ret", [("range", .u64(pointer)), ("ret", .s32(-16))]),
    "range=0xff361d0000123440 ret=-16"
  ),
  (
    probe(
      "bo_evict2", [("bo", .u64(pointer)), ("size", .u64(2_097_152)), ("dp", .u64(other))]),
    "bo=0xff361d0000123440 size=2097152 dpagemap=0xff361d0000456700"
  ),
  (
    probe(
      "devmap",
      [
        ("dpagemap", .u64(pointer)), ("dev", .u64(other)), ("page", .u64(other)),
        ("order", .u32(9)), ("dir", .s32(0)),
      ]),
    "dpagemap=0xff361d0000123440 mapping_dev=0xff361d0000456700 page=0xff361d0000456700 order=9 dir=0"
  ),
  (
    probe(
      "xe_drm_pagemap_device_map_ret", [("dpagemap", .u64(pointer)), ("addr", .u64(0x8000_0000))]),
    "dpagemap=0xff361d0000123440 addr=0x80000000"
  ),
  (probe("devmem_release", [("devmem", .u64(pointer))]), "devmem=0xff361d0000123440"),
  (
    probe(
      "pmf_devmem_release", [("devmem", .u64(pointer)), ("dpagemap", .u64(other))]),
    "devmem=0xff361d0000123440 dpagemap=0xff361d0000456700"
  ),
  (
    probe(
      "handle_pf",
      [
        ("vm", .u64(pointer)), ("vma", .u64(other)), ("gt", .u64(other)),
        ("fault_addr", .u64(0x7f00_0000)), ("atomic", .u8(1)),
      ]),
    "vm=0xff361d0000123440 vma=0xff361d0000456700 addr=0x7f000000 atomic=1"
  ),
  (
    probe(
      "pm_create", [("xe", .u64(pointer)), ("vr", .u64(other)), ("base", .u64(0x4000))]),
    "drm=0xff361d0000123440 start=0x4000"
  ),
  // A driver's pagemap starts with the dev_pagemap.
  (
    probe(
      "pm_create_ret", [("ret", .u64(pointer)), ("hpa", .u64(0x4000)), ("ref", .s32(1))]),
    "pgmap=0xff361d0000123440 start=0x4000 ref=1"
  ),
  (
    probe(
      "pm_create_ret", [("ret", .u64(enomem)), ("hpa", .u64(0x4000)), ("ref", .s32(1))]),
    "ret=-12"
  ),
  (
    probe("pm_destroy", [("dpagemap", .u64(pointer)), ("from", .u8(1))]),
    "dpagemap=0xff361d0000123440 atomic=1"
  ),
  // The work stands 64 bytes behind the drm_pagemap.
  (probe("pm_destroy_work", [("work", .u64(pointer))]), "dpagemap=0xff361d0000123400"),
  (
    probe("from_fd", [("fd", .s32(-1)), ("region_instance", .u32(2))]),
    "fd=-1 region_instance=2"
  ),
  (
    probe("from_fd_ret", [("fd", .s32(7)), ("ret", .u64(pointer)), ("ref", .s32(3))]),
    "fd=7 dpagemap=0xff361d0000123440 ref=3"
  ),
  (
    probe(
      "xe_vma_mem_attr_copy",
      [
        ("to", .u64(pointer)), ("old", .u64(0)), ("dpagemap", .u64(other)), ("ref", .s32(2)),
      ]),
    "attr=0xff361d0000123440 old=0x0 dpagemap=0xff361d0000456700 ref=2"
  ),
  (
    probe(
      "madvise_preferred_mem_loc",
      [
        ("vm", .u64(pointer)), ("dpagemap", .u64(0)), ("ref", .s32(99)), ("fd", .s32(5)),
        ("region_instance", .u32(1)), ("num_vmas", .s32(3)),
      ]),
    "vm=0xff361d0000123440 dpagemap=0x0 fd=5 region_instance=1 nr=3"
  ),
  (
    probe(
      "xe_has_interconnect_ret",
      [("peer1", .u64(pointer)), ("peer2", .u64(other)), ("ret", .u8(1))]),
    "peer=0xff361d0000123440 peer2=0xff361d0000456700 ret=1"
  ),
  (
    probe("xe_svm_init", [("vm", .u64(pointer)), ("asid", .u32(4)), ("flags", .u64(0x11))]),
    "vm=0xff361d0000123440 asid=4 flags=0x11"
  ),
  (
    probe(
      "mmu_interval_notifier_insert",
      [
        ("interval_sub", .u64(pointer)), ("mm", .u64(other)), ("start", .u64(0x2000)),
        ("length", .u64(4096)),
      ]),
    "mni=0xff361d0000123440 mm=0xff361d0000456700 start=0x2000 size=4096"
  ),
  (
    probe(
      "drm_gpusvm_range_set_unmapped",
      [("range", .u64(pointer)), ("pages", .u64(other)), ("last", .u64(0xfff))]),
    "range=0xff361d0000123440 svm_pages=0xff361d0000456700 end=0x1000"
  ),
  (probe("drm_pagemap_release_ret", [("kref", .u64(pointer))]), "dpagemap=0xff361d0000123438"),
  (probe("drm_pagemap_zdd_destroy_ret", [("zdd", .u64(pointer))]), "zdd=0xff361d0000123440"),
  (probe("drm_pagemap_exit", []), ""),
]

@Test(arguments: cases.indices, Route.allCases)
func decodesDriverEvents(index: Int, route: Route) throws {
  let (probe, meaning) = cases[index]
  #expect(try #require(probe.decoded(route), "\(probe.name)").description == meaning)
}
