import PagemapEvents
import TestSupport
import Testing
import TraceDecode
import TraceIngest

private let pointer: UInt64 = 0xff36_1d00_0012_3408
private let other: UInt64 = 0xff36_1d00_0045_6700
/// What a member holds that was read through no object.
private let garbage: UInt64 = 0xdead_beef_0bad_cafe
private let enomem = UInt64(bitPattern: -12)

private func probe(_ name: String, _ fields: [(String, RecordedProbe.Value)]) -> RecordedProbe {
  RecordedProbe(name: name, isReturn: name.hasSuffix("_ret"), fields: fields)
}

/// Recorded probes and what they mean. Pointers are 0xff361d0000123408 and 0xff361d0000456700.
private let cases: [(probe: RecordedProbe, meaning: String)] = [
  (
    probe(
      "drm_pagemap_put",
      [("dpagemap", .u64(pointer)), ("ref", .s32(3)), ("drm", .u64(other)), ("cache", .u64(0))]),
    "dpagemap=0xff361d0000123408 ref=3 drm=0xff361d0000456700 cache=0x0"
  ),
  // put(NULL) happens; what was read through the pointer is garbage then.
  (
    probe(
      "drm_pagemap_put",
      [("dpagemap", .u64(0)), ("ref", .s32(77)), ("drm", .u64(garbage)), ("cache", .u64(garbage))]),
    "dpagemap=0x0"
  ),
  (probe("drm_pagemap_put_ret", [("dpagemap", .u64(0)), ("ref", .s32(77))]), "dpagemap=0x0"),
  (
    probe("drm_pagemap_put", [("dpagemap", .u64(pointer)), ("ref", .s32(-1_073_741_824))]),
    "dpagemap=0xff361d0000123408 ref=-1073741824"
  ),
  (
    probe(
      "drm_pagemap_init",
      [
        ("dpagemap", .u64(pointer)), ("pagemap", .u64(other)), ("drm", .u64(other)),
        ("dev", .text("pmfake.0")),
      ]),
    "dpagemap=0xff361d0000123408 pgmap=0xff361d0000456700 drm=0xff361d0000456700 dev=pmfake.0"
  ),
  (
    probe("drm_pagemap_init", [("dpagemap", .u64(pointer)), ("drm", .u64(0)), ("dev", .fault)]),
    "dpagemap=0xff361d0000123408 drm=0x0"
  ),
  (
    probe("drm_dev_unplug", [("drm", .u64(pointer)), ("name", .text("0000:03:00.0"))]),
    "drm=0xff361d0000123408 dev=0000:03:00.0"
  ),
  // The same error in every width that a probe may record an int with.
  (probe("drm_pagemap_reinit_ret", [("ret", .s32(-12))]), "ret=-12"),
  (probe("drm_pagemap_reinit_ret", [("ret", .s16(-12))]), "ret=-12"),
  (probe("drm_pagemap_reinit_ret", [("ret", .u32(0xffff_fff4))]), "ret=-12"),
  (probe("drm_pagemap_reinit_ret", [("ret", .u64(0xffff_fff4))]), "ret=-12"),
  (probe("drm_pagemap_reinit_ret", [("ret", .s64(-12))]), "ret=-12"),
  (probe("drm_pagemap_shrinker_count_ret", [("ret", .s64(-2))]), "ret=-2"),
  (
    probe("drm_pagemap_shrinker_count_ret", [("shrink", .u64(0)), ("shrinker", .u64(garbage))]),
    "shrink=0x0"
  ),
  // VM_FAULT_NOPAGE and friends are bits; the upper half of the register is not the function's.
  (
    probe("drm_pagemap_migrate_to_ram_ret", [("ret", .u64(0xffff_ffff_8000_0002))]),
    "ret=2147483650"
  ),
  (probe("drm_pagemap_shrinker_cancel_ret", [("ret", .u8(1))]), "ret=1"),
  (probe("drm_pagemap_shrinker_cancel_ret", [("ret", .u64(0xff00))]), "ret=0"),
  // kref is &dpagemap->ref.
  (
    probe(
      "drm_pagemap_release",
      [("kref", .u64(pointer)), ("ref", .s32(0)), ("dev_hold", .u64(other))]),
    "dpagemap=0xff361d0000123400 ref=0 dev_hold=0xff361d0000456700"
  ),
  (
    probe("drm_pagemap_release", [("kref", .u64(8)), ("ref", .s32(7)), ("drm", .u64(garbage))]),
    "dpagemap=0x0"
  ),
  (
    probe(
      "drm_pagemap_get_from_cache",
      [
        ("cache", .u64(other)), ("dpagemap", .u64(0)), ("ref", .s32(-559_038_737)),
        ("queued", .u32(4_294_967_295)),
      ]),
    "cache=0xff361d0000456700 dpagemap=0x0 queued=4294967295"
  ),
  (
    probe(
      "drm_pagemap_get_from_cache_ret",
      [("cache", .u64(other)), ("ret", .u64(pointer)), ("ref", .s32(2))]),
    "cache=0xff361d0000456700 dpagemap=0xff361d0000123408 ref=2"
  ),
  (
    probe(
      "drm_pagemap_get_from_cache_ret",
      [("cache", .u64(other)), ("ret", .u64(enomem)), ("ref", .s32(2))]),
    "cache=0xff361d0000456700 ret=-12"
  ),
  (
    probe(
      "drm_pagemap_get_from_cache_ret",
      [("cache", .u64(other)), ("ret", .u64(0)), ("ref", .s32(2))]),
    "cache=0xff361d0000456700 ret=0"
  ),
  (
    probe("drm_pagemap_cache_create_devm_ret", [("ret", .u64(pointer))]),
    "cache=0xff361d0000123408"
  ),
  (
    probe(
      "drm_pagemap_shrinker_add",
      [
        ("dpagemap", .u64(pointer)), ("cache", .u64(0)), ("shrinker", .u64(garbage)),
        ("num", .s32(5)),
      ]),
    "dpagemap=0xff361d0000123408 cache=0x0"
  ),
  // A parent that was not recorded passes on its own parent's word.
  (
    probe("drm_pagemap_shrinker_add", [("dpagemap", .u64(0)), ("num", .s32(5))]), "dpagemap=0x0"
  ),
  (
    probe("drm_pagemap_shrinker_add", [("dpagemap", .u64(pointer)), ("num", .s64(5))]),
    "dpagemap=0xff361d0000123408 num=5"
  ),
  (
    probe(
      "drm_pagemap_release_owner",
      [("peer", .u64(pointer)), ("owner", .u64(0)), ("oref", .s32(99)), ("list", .u64(other))]),
    "peer=0xff361d0000123408 owner=0x0 list=0xff361d0000456700"
  ),
  (
    probe("drm_pagemap_acquire_owner", [("peer", .u64(pointer)), ("private", .u64(1))]),
    "peer=0xff361d0000123408 private=1"
  ),
  (
    probe("drm_pagemap_evict_to_ram", [("devmem", .u64(pointer)), ("done", .u32(0))]),
    "devmem=0xff361d0000123408 done=0"
  ),
  (
    probe(
      "drm_pagemap_zdd_destroy",
      [
        ("zdd", .u64(pointer)), ("devmem", .u64(0)), ("dpagemap", .u64(other)), ("ref", .s32(5)),
        ("size", .u64(garbage)),
      ]),
    "zdd=0xff361d0000123408 devmem=0x0 dpagemap=0xff361d0000456700 ref=5"
  ),
  // zone_device_data with and without its flag; the order of a large folio and of a small one.
  (
    probe(
      "drm_pagemap_folio_free",
      [
        ("folio", .u64(other)), ("zdd", .u64(pointer)), ("zref0", .s32(4)), ("zref1", .s32(1024)),
        ("flags", .u64(0x27_ffff_c002_205c)), ("flags1", .u64(0x27_ffff_c000_2209)),
      ]),
    "folio=0xff361d0000456700 zdd=0xff361d0000123408 zref=4 flags=0x27ffffc002205c order=9"
  ),
  (
    probe(
      "drm_pagemap_folio_free",
      [
        ("folio", .u64(other)), ("zdd", .u64(pointer | 1)), ("zref0", .s32(0)), ("zref1", .s32(1)),
        ("flags", .u64(0x27_ffff_c002_011c)), ("flags1", .u64(0x27_ffff_c002_011d)),
      ]),
    "folio=0xff361d0000456700 zdd=0xff361d0000123408 migrated=1 zref=1 flags=0x27ffffc002011c "
      + "order=0"
  ),
  // A member read through a flagged pointer was read one byte off.
  (
    probe(
      "drm_pagemap_migrate_to_ram",
      [
        ("page", .u64(other)), ("zdd", .u64(pointer | 1)), ("devmem", .u64(garbage)),
        ("dpagemap", .u64(garbage)), ("zref", .s32(512)), ("vma", .u64(0)), ("mm", .u64(garbage)),
      ]),
    "page=0xff361d0000456700 zdd=0xff361d0000123408 migrated=1 vma=0x0"
  ),
  (
    probe(
      "drm_pagemap_migrate_to_ram",
      [
        ("addr", .u64(0x7f00_0000_1000)), ("page", .u64(other)), ("zdd", .u64(pointer)),
        ("zref", .s32(2)), ("flags", .u32(0x1255)),
      ]),
    "addr=0x7f0000001000 page=0xff361d0000456700 zdd=0xff361d0000123408 zref=2 flags=0x1255"
  ),
  // Entries behind the end of an array are left out.
  (
    probe(
      "migrate_device_pfns_ret",
      [
        ("npages", .u64(2)), ("ret", .s32(0)), ("s0", .u64(0x41)), ("s1", .u64(0x81)),
        ("s2", .u64(garbage)),
      ]),
    "npages=2 ret=0 s={0x41,0x81}"
  ),
  (
    probe("migrate_device_pfns_ret", [("npages", .u64(9)), ("s", .array([1, 2, 3, 4, 5, 6]))]),
    "npages=9 s={0x1,0x2,0x3,0x4,…}"
  ),
  (
    probe("migrate_vma_pages_ret", [("migrate", .u64(0)), ("s0", .u64(1)), ("d0", .u64(2))]),
    "migrate=0x0"
  ),
  (
    probe(
      "drm_gpusvm_range_find_or_insert_ret",
      [("ret", .u64(pointer)), ("start", .u64(0x1000)), ("last", .u64(0x1fff)), ("rref", .s32(1))]),
    "range=0xff361d0000123408 start=0x1000 end=0x2000 rref=1"
  ),
  (
    probe(
      "drm_gpusvm_range_find_or_insert_ret",
      [("ret", .u64(enomem)), ("start", .u64(garbage)), ("rref", .s32(1))]),
    "ret=-12"
  ),
  // dev_hold gets the device in 7.3 and the pagemap in 7.2.
  (probe("drm_pagemap_dev_hold", [("arg", .u64(pointer))]), "drm=0xff361d0000123408"),
  (probe("drm_pagemap_dev_hold2", [("arg", .u64(pointer))]), "dpagemap=0xff361d0000123408"),
  (
    RecordedProbe(
      name: "xe_vma_bind", system: "xe", isTracepoint: true,
      fields: [
        ("dev", .text("0000:03:00.0")), ("vma", .u64(pointer)), ("vm", .u64(other)),
        ("asid", .u32(1)), ("start", .u64(0x1000)), ("end", .u64(0x2000)),
      ]),
    "dev=0000:03:00.0 vma=0xff361d0000123408 vm=0xff361d0000456700 asid=1 start=0x1000 end=0x2000"
  ),
]

@Test(arguments: cases.indices, Route.allCases)
func decodes(index: Int, route: Route) throws {
  let (probe, meaning) = cases[index]
  let decoded = try #require(probe.decoded(route), "\(probe.name)")
  #expect(decoded.description == meaning)
  #expect(decoded.event.timestamp == 19_042_429_000)
  #expect(decoded.event.cpu == 1)
  #expect(decoded.event.pid == RecordedProbe.pid)
  #expect(decoded.event.asid == (probe.isTracepoint ? 1 : nil))
}

@Test
func returnedPointersAreResultsToo() throws {
  let probe = probe("drm_pagemap_get_from_cache_ret", [("ret", .u64(pointer))])
  let event = try #require(probe.decoded(.littleEndian)).event
  #expect(event.result == Int64(bitPattern: pointer))
  #expect(event.dpagemap == pointer)
}

@Test
func shortPayloadsAreCounted() {
  let probe = probe("drm_pagemap_put", [("dpagemap", .u64(pointer)), ("ref", .s32(3))])
  let payload = probe.payload()
  for length in 0...payload.count {
    var decoder = probe.decoder(.littleEndian)
    let bytes = payload + [UInt8](repeating: 0, count: RecordBatch.slack)
    let header = RecordHeader(
      timestamp: 1, payloadOffset: 0, payloadLength: UInt32(length), cpu: 0,
      eventID: RecordedProbe.id, kind: .binary)
    var event = PagemapEvent()
    let isWhole = length == payload.count
    #expect(decoder.decode(header, bytes.span.bytes, into: &event) == isWhole)
    #expect(decoder.undecodable == (isWhole ? 0 : 1))
    #expect(decoder.inventory.present.map(\.count) == [isWhole ? 1 : 0])
  }
}

/// One occurrence in two buffers is one event; the same payload twice in one buffer is two.
@Test
func occurrencesOfSeveralBuffersCountOnce() {
  let probe = probe("drm_pagemap_put", [("dpagemap", .u64(pointer)), ("ref", .s32(3))])
  var metadata = TraceMetadata(container: .traceDat(version: 7, compression: "none"))
  metadata.formats = [probe.format()]
  metadata.buffers = [TraceBuffer(name: "", cpus: [0, 1]), TraceBuffer(name: "i", cpus: [0, 1])]
  var decoder = EventDecoder(metadata: metadata)
  let payload = probe.payload()
  let bytes = payload + [UInt8](repeating: 0, count: RecordBatch.slack)
  var event = PagemapEvent()
  let records: [(buffer: UInt16, cpu: UInt32, isNew: Bool)] = [
    (0, 0, true), (1, 0, false), (0, 0, true), (1, 0, false), (1, 1, true), (0, 1, false),
    (1, 0, false), (0, 0, true),
  ]
  for (buffer, cpu, isNew) in records {
    let header = RecordHeader(
      timestamp: 1, payloadOffset: 0, payloadLength: UInt32(payload.count), cpu: cpu,
      eventID: RecordedProbe.id, buffer: buffer, kind: .binary)
    #expect(decoder.decode(header, bytes.span.bytes, into: &event) == isNew)
  }
  #expect(decoder.duplicates == 4)
}
