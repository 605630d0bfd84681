import PagemapModel
import PagemapRules
import TraceWords

extension Samples {
  static let pagemap: UInt64 = 0xff36_ccee_44c2_8298

  static var leak: Finding {
    Finding(
      rule: RuleID(1), category: .leakReference, severity: .error, isCertain: true,
      title: "pagemap 0xff36ccee44c28298 of pmfake.0 keeps 1 reference that nobody holds",
      object: ObjectReference(kind: .pagemap, address: pagemap, epoch: 1, device: "pmfake.0"),
      firstSeen: moment(19_049_002),
      explanation: [
        "The last VM peer of the device left at 19.049000 s and no zdd of it is alive.",
        "A count of 1 was sampled 410 ms later, and the shrinker found nothing to count in 2 scans.",
      ],
      evidence: [
        Evidence(
          moment: moment(19_001_000), event: "drm_pagemap_init",
          detail: "dpagemap=0xff36ccee44c28298: the pagemap begins", sequence: 12),
        Evidence(
          moment: moment(19_047_001), event: "drm_pagemap_put",
          detail: "dpagemap=0xff36ccee44c28298 ref=3", sequence: 400),
        Evidence(
          moment: Moment(time: 19_049_002_007, cpu: 0, pid: 9), event: "drm_pagemap_release_owner",
          detail: "peer=0xff36ccee44c28300 owner=0xff36ccee44e00000: the last VM peer leaves",
          sequence: 412),
      ],
      ledger: ReferenceLedger(
        references: 4, sampledAt: moment(19_049_002),
        holders: [
          .init(kind: "VM slot", count: 1, addresses: [0xff36_ccee_4000_0000]),
          .init(kind: "zdd", count: 2),
        ],
        unattributed: 1, appearedAfter: moment(19_047_001), appearedBefore: moment(19_049_002),
        tasksThen: [NamedTask(pid: 147, name: "pmtest")]),
      advice: "Look for a drm_pagemap_get in pmtest-147's calls without a put on its error path.")
  }

  static var thrash: Finding {
    var range = ObjectReference(kind: .range, address: 0x7ff5_d580_0000, epoch: 1)
    range.end = 0x7ff5_d581_0000
    range.mm = 0xff36_ccee_4111_0000
    return Finding(
      rule: RuleID(6), category: .thrash, severity: .warning, isCertain: false,
      title: "range 0x7ff5d5800000 went to the device and back 12 times in a row", object: range,
      firstSeen: moment(19_100_000),
      explanation: ["Each time it stayed for less than twice the time that moving it took."],
      evidence: (0..<50).map { step in
        Evidence(
          moment: moment(19_100_000 + UInt64(step) * 50),
          event: step % 2 == 0
            ? "drm_pagemap_migrate_to_devmem" : "__drm_pagemap_migrate_to_ram returns",
          detail: "start=0x7ff5d5800000 end=0x7ff5d5810000 timeslice_ms=0 result=0: it moves again",
          sequence: 500 + UInt64(step))
      },
      advice: "Give the range a timeslice, or leave it in system memory.")
  }

  static var note: Finding {
    Finding(
      rule: RuleID(6), category: .thrash, severity: .info, isCertain: true,
      title: "range 0x7ff5d5900000 came back once after an eviction",
      object: ObjectReference(kind: .range, address: 0x7ff5_d590_0000, epoch: 1),
      firstSeen: moment(19_200_000), explanation: ["Evictions do that."],
      evidence: (0..<5).map { step in
        Evidence(
          moment: moment(19_200_000 + UInt64(step)), event: "drm_pagemap_evict_to_ram",
          detail: "devmem=0xff36ccee47770000", sequence: 700 + UInt64(step))
      },
      advice: "Nothing.")
  }
}
