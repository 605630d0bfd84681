import PagemapEvents
import Testing
import TraceIngest

/// Names that people and tools give probes, and what they stand for.
private let spellings: [(name: String, isReturn: Bool, kind: PagemapEvent.Kind?)] = [
  ("drm_pagemap_put", false, .pagemapPut),
  ("drm_pagemap_put", true, .pagemapPutReturn),
  ("drm_pagemap_put_ret", true, .pagemapPutReturn),
  ("drm_pagemap_put_ret", false, .pagemapPutReturn),
  ("drm_pagemap_put__return", true, .pagemapPutReturn),
  ("drm_pagemap_put__exit", true, .pagemapPutReturn),
  ("drm_pagemap_put_return", true, .pagemapPutReturn),
  ("drm_pagemap_put_exit", true, .pagemapPutReturn),
  ("drm_pagemap_put__entry", false, .pagemapPut),
  ("p_drm_pagemap_put_0", false, .pagemapPut),
  ("r_drm_pagemap_put_0", true, .pagemapPutReturn),
  ("drm_pagemap_dev_hold_isra_0", false, .devHold),
  ("p_drm_pagemap_dev_hold_isra_0_0", false, .devHold),
  ("drm_pagemap_dev_hold2_ret", true, .devHoldReturn),
  ("drm_pagemap_migrate_populate_ram_pfn_constprop_0", false, .migratePopulateRamPfn),
  ("drm_pagemap_migrate_populate_ram_pfn_constprop_0_isra_0", false, .migratePopulateRamPfn),
  ("drm_pagemap_migrate_populate_ram_pfn2", false, .migratePopulateRamPfn),
  ("drm_pagemap_migrate_populate_ram_pfn2_ret", true, .migratePopulateRamPfnReturn),
  ("drm_pagemap_evict_to_ram_part_0", false, .evictToRam),
  ("__drm_pagemap_migrate_to_ram", false, .migrateToRamWindow),
  ("zdd_alloc", false, .zddAlloc),
  ("map_arrays_ret", true, .mapArraysReturn),
  ("unmap_arrays", false, .unmapArrays),
  ("populate_ram_pfn_mpages", false, .populateRamPfnMpages),
  ("pmf_copy_to_devmem", false, .copyToDevmem),
  ("xe_svm_copy_to_ram_ret", true, .copyToRamReturn),
  ("drm_gpusvm_range_get_pages", false, .getPages),
  ("drm_gpusvm_range_unmap_pages", false, .unmapPages),
  ("drm_pagemap_exit", false, .pagemapExit),
  ("drm_pagemap_exit_ret", true, .pagemapExitReturn),
  ("drm_pagemap_put_more", false, nil),
  ("drm_pagemap", false, nil),
  ("p__0", false, nil),
  ("", false, nil),
]

@Test(arguments: spellings)
func recognisesSpellings(name: String, isReturn: Bool, kind: PagemapEvent.Kind?) {
  for system in ["drm_pagemap", "fprobes", "kprobes", "probe", "mine"] where !name.isEmpty {
    let probe = RecordedProbe(name: name, system: system, isReturn: isReturn)
    #expect(probe.decoded(.littleEndian)?.event.kind == kind)
  }
  #expect(
    RecordedProbe(name: name, isReturn: isReturn).decoded(.text)?.event.kind == kind)
}

/// Compilers and perf write dots; the kernel refuses them in event names, text may have them.
@Test(arguments: ["drm_pagemap_dev_hold.isra.0", "drm_pagemap_dev_hold.constprop.12.isra.0"])
func recognisesDots(name: String) {
  #expect(RecordedProbe(name: name).decoded(.text)?.event.kind == .devHold)
}

/// Static tracepoints of the same name are other events: `mmap:exit_mmap` is not the function.
@Test
func probesAndTracepointsAreKeptApart() {
  let probe = RecordedProbe(name: "exit_mmap", fields: [("mm", .u64(8192))])
  let tracepoint = RecordedProbe(
    name: "exit_mmap", system: "mmap", isTracepoint: true, fields: [("mm", .u64(8192))])
  #expect(probe.decoded(.littleEndian)?.event.kind == .exitMmap)
  #expect(tracepoint.decoded(.littleEndian) == nil)
  #expect(tracepoint.decoded(.text) == nil)
  #expect(RecordedProbe(name: "xe_vm_create").decoded(.littleEndian) == nil)
}

@Test
func everyKindHasARow() {
  let kinds = Set(EventTables.rows.map(\.kind))
  #expect(PagemapEvent.Kind.allCases.filter { !kinds.contains($0) } == [])
}

/// A kind is its place in the list, in one byte.
@Test
func kindsAreNumbers() {
  #expect(PagemapEvent.Kind.allCases.map(\.index) == Array(0..<PagemapEvent.Kind.allCases.count))
  #expect(MemoryLayout<PagemapEvent.Kind>.size == 1)
  #expect(Set(PagemapEvent.Kind.allCases).count == PagemapEvent.Kind.allCases.count)
  #expect(PagemapEvent.Kind.pagemapPut != .pagemapPutReturn)
}

/// Names say where an event is taken, and whose it is: a second probe of a function is not counted
/// as an event of drm_pagemap's again.
@Test(arguments: PagemapEvent.Kind.allCases)
func namesTellOrigins(kind: PagemapEvent.Kind) {
  let (function, phase) = kind.origin
  #expect(!function.isEmpty && function.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" })
  #expect((phase == .tracepoint) == (kind.system != nil))
  #expect("\(kind)".hasSuffix("Return") == (phase == .return))
  let isOwn = ["drm_pagemap_", "__drm_pagemap_", "drm_gpusvm_"].contains(where: function.hasPrefix)
  #expect(kind.isPagemap == (isOwn && !kind.rawValue.hasSuffix(")")), "\(kind)")
}

/// A kind that no table has a row for is read by its fields' usual names, parents first.
@Test
func kindsWithoutARowAreRead() {
  let row = EventRow(usual: .memremapPages)
  #expect(row.names == ["memremap_pages"])
  #expect(row.fields.map(\.names) == PagemapEvent.Field.allCases.map { [$0.label] })
  #expect(row.fields.first { $0.field == .ref }?.parent == .dpagemap)
}

@Test
func noNameStandsForTwoRows() {
  var seen: Set<String> = []
  for row in EventTables.rows {
    for name in row.names + row.shortNames {
      #expect(seen.insert("\(name) \(row.phase)").inserted, "\(name)")
    }
  }
}

/// A field is decoded after the one it is read through, and an array after its length.
@Test
func parentsStandBeforeTheirChildren() {
  for row in EventTables.rows {
    var known: Set<PagemapEvent.Field> = []
    for field in row.fields {
      if let parent = field.parent { #expect(known.contains(parent), "\(row.kind) \(field.names)") }
      if field.tag != .any { #expect(known.contains(.isMigrated), "\(row.kind)") }
      if case .array = field.meaning { #expect(known.contains(.npages), "\(row.kind)") }
      known.insert(field.field)
      if case .returned(let object) = field.meaning { known.insert(object) }
      if field.meaning == .taggedZdd { known.insert(.isMigrated) }
    }
    #expect(row.fields.count <= 64)
  }
}

@Test
func fieldsFitTheirBits() {
  #expect(PagemapEvent.Field.allCases.count <= 64)
}

@Test
func inventoryTellsWhatIsThereAndWhatIsNot() throws {
  var metadata = TraceMetadata(container: .traceDat(version: 7, compression: "zstd"))
  let put = RecordedProbe(
    name: "drm_pagemap_put", fields: [("dpagemap", .u64(1)), ("ref", .s32(1))])
  let broken = EventFormatText(
    system: "drm_pagemap", text: Array("name: drm_pagemap_init\nID: 5\nformat:\nfield:t m[".utf8))
  metadata.formats = [
    put.format(), RecordedProbe(name: "drm_pagemap_new").format(id: 2), broken,
    RecordedProbe(name: "sched_switch", system: "sched", isTracepoint: true).format(id: 3),
    EventFormatText(system: "drm_gpusvm", text: Array("nonsense".utf8)),
    EventFormatText(system: "sched", text: Array("nonsense".utf8)),
  ]
  let decoder = EventDecoder(metadata: metadata)
  let inventory = decoder.inventory
  #expect(inventory.present.map(\.name) == ["drm_pagemap:drm_pagemap_put"])
  #expect(inventory.present.first?.fields == [.dpagemap, .ref])
  #expect(inventory.unknown == ["drm_pagemap:drm_pagemap_new"])
  #expect(inventory.rejected.map(\.name) == ["drm_pagemap:drm_pagemap_init", "drm_gpusvm:?"])
  #expect(inventory.isComplete)
  #expect(inventory.records(.ref, of: .pagemapPut))
  #expect(!inventory.records(.drm, of: .pagemapPut))
  let wanted = decoder.selection.ids.reduce(0) { $0 + $1.nonzeroBitCount }
  #expect(wanted == 1)
}

@Test
func textInventoryHoldsWhatFired() {
  let probe = RecordedProbe(name: "drm_pagemap_put", fields: [("dpagemap", .u64(4096))])
  var decoder = probe.decoder(.text)
  let selection = decoder.selection
  #expect(selection.idOfName("sched_switch") == nil)
  #expect(selection.idOfName("drm_pagemap_new") == nil)
  #expect(selection.idOfName("drm_pagemap_init") == 0)
  #expect(selection.idOfName("drm_pagemap_put") == 1)
  #expect(selection.idOfName("drm_pagemap_put") == 1)
  let bytes = Array(probe.line.utf8)
  let header = RecordHeader(
    timestamp: 1, payloadOffset: 0, payloadLength: UInt32(bytes.count), cpu: 0, eventID: 1,
    kind: .text)
  var event = PagemapEvent()
  let padded = bytes + [UInt8](repeating: 0, count: RecordBatch.slack)
  #expect(decoder.decode(header, padded.span.bytes, into: &event))
  let inventory = decoder.inventory
  #expect(!inventory.isComplete)
  #expect(inventory.present.map(\.name) == ["drm_pagemap_put"])
  #expect(inventory.present.first?.count == 1)
  #expect(inventory.present.first?.fields == [.dpagemap])
  #expect(inventory.unknown == ["drm_pagemap_new"])
}
