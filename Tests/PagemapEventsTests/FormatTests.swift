import PagemapEvents
import TestSupport
import Testing
import TraceIngest

/// Every format of `fixtures/event-formats` is known: a format that no row reads would make composed
/// traces that tell nothing.
@Test(arguments: ScenarioFormats.kernel.eventNames)
func everyFormatIsKnown(name: String) throws {
  let text = try #require(ScenarioFormats.kernel.text(of: name))
  var metadata = TraceMetadata(container: .traceDat(version: 7, compression: "none"))
  metadata.formats = [text]
  let inventory = EventDecoder(metadata: metadata).inventory
  #expect(inventory.unknown == [] && inventory.rejected == [])
  #expect(inventory.present.map(\.name) == ["\(text.system):\(name)"])
  // What a probe records beyond the fields that no rule needs.
  let recorded = String(decoding: text.text, as: UTF8.self).split(separator: "\n").count {
    $0.hasPrefix("\tfield:") && !$0.contains(" common_") && !$0.contains(" __probe_")
  }
  let fields = try #require(inventory.present.first?.fields)
  #expect(recorded == 0 || !fields.isEmpty || unread.contains(name))
}

/// Probes whose every field is one that no rule needs.
private let unread: Set<String> = ["xe_pagemap_cache_create", "xe_tile_local_pagemap"]

/// Names of probes on xe as they stand in real traces: too common to mean anything elsewhere.
@Test(arguments: [
  ("populate", PagemapEvent.Kind.driverPopulateMM), ("copy", .xeSvmCopy), ("init", .svmInit),
  ("fini", .svmFini), ("close", .svmClose), ("inval", .driverInvalidate),
  ("gc", .xeGarbageCollect), ("gc_p", .xeGarbageCollect), ("shr", .xeShrinkerCreate),
])
func shortNamesAreThoseOfTheirSystem(name: String, kind: PagemapEvent.Kind) {
  for system in ["xe_svm", "xe_svm_dynamic"] {
    let probe = RecordedProbe(name: name, system: system)
    #expect(probe.decoded(.littleEndian)?.event.kind == kind)
  }
  for system in ["kprobes", "drm_pagemap", "mine"] {
    #expect(RecordedProbe(name: name, system: system).decoded(.littleEndian) == nil)
  }
  #expect(RecordedProbe(name: name, system: "xe_svm").decoded(.text) == nil)
}
