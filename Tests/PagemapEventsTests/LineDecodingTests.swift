import PagemapEvents
import TestSupport
import Testing
import TraceIngest

/// What lines of text hold beyond what probes print: the kernel's own print formats, unreadable
/// values, keys that nobody asks for.
private let texts: [(name: String, line: String, meaning: String?)] = [
  (
    "xe_vm_create", "dev=0000:03:00.0, vm=00000000abcd1234, asid=0x00001, vm flags=0x00005",
    "dev=0000:03:00.0 vm=0xabcd1234 asid=1 flags=0x5"
  ),
  (
    "xe_bo_move",
    "move_lacks_source:no, migrate object 00000000abcd1234 [size 4096] from a to b device_id:0000:3",
    ""
  ),
  ("xe_pm_runtime_get", "dev=0000:03:00.0 caller_function=f+0x1/0x2 [xe]", "dev=0000:03:00.0"),
  (
    "drm_pagemap_put", "(f+0x0/0x60 [drm_gpusvm_helper]) dpagemap=0xFF00 ref=-1 more=7",
    "dpagemap=0xff00 ref=-1"
  ),
  ("drm_pagemap_put", "(f) ref=3 dpagemap=0x1000", "dpagemap=0x1000 ref=3"),
  ("drm_pagemap_put", "(f) ref=3x dpagemap=0x ref=", ""),
  ("drm_pagemap_put", "(f) dpagemap=99999999999999999999 ref=0x7", "ref=7"),
  ("drm_pagemap_put", "(f) a=\"ref=5 dpagemap=0x1\" ref=4", "ref=4"),
  ("drm_pagemap_put", "(f) ref=4 a=\"ref=5 dpagemap=0x1\"", "ref=4"),
  ("drm_pagemap_put", "(f <- g) dpagemap=0x1000", "dpagemap=0x1000"),
  ("drm_pagemap_put", "(f", nil),
  ("drm_pagemap_put", "", nil),
  ("drm_dev_unplug", "(f) drm=0x1000 name=\"a b\"", "drm=0x1000 dev=a b"),
  ("drm_dev_unplug", "(f) drm=0x1000 name=\"cut", "drm=0x1000"),
  ("drm_dev_unplug", "(f) drm=0x1000 name=\"\"", "drm=0x1000"),
  ("drm_dev_unplug", "(f) drm=0x1000 name=", "drm=0x1000"),
  ("migrate_device_pages", "(f) npages=3 s={0x1,0x2", "npages=3 s={0x1,0x2}"),
]

@Test(arguments: texts)
func readsLines(name: String, line: String, meaning: String?) throws {
  var decoder = EventDecoder(metadata: TraceMetadata(container: .text))
  let id = try #require(decoder.selection.idOfName(name))
  let bytes = Array(line.utf8)
  let header = RecordHeader(
    timestamp: 1, payloadOffset: 0, payloadLength: UInt32(bytes.count), cpu: 0, eventID: id,
    kind: .text)
  let padded = bytes + Array(" ref=99".utf8)
  var event = PagemapEvent()
  let isDecoded = decoder.decode(header, padded.span.bytes, into: &event)
  #expect((isDecoded ? describe(event, names: decoder.names).plain : nil) == meaning)
}
