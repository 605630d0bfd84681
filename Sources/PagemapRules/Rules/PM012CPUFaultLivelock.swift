import PagemapEvents
import PagemapModel
import TraceWords

/// CPU faults on one device page that come again and again and move nothing.
///
/// A fault may return 0 without having moved its page: another task was faster, or a timeslice
/// holds the page. It is a livelock when it goes on for long and no timeslice explains it.
struct CPUFaultLivelock: Rule {
  static let interests: ObservationSet = [.cpuFaults]
  static let metadata = RuleMetadata(
    id: RuleID(12), slug: "cpu-fault-livelock", title: "CPU fault livelock", severity: .warning,
    category: .livelock,
    needs: [[.migrateToRam], [.folioFree], [.migrateToDevmem], [.migrateToDevmemReturn]],
    kernels: "7.0 and later",
    invariant: "outside a timeslice a CPU fault on a device page makes progress, or waits for the "
      + "task that does",
    kernelFunction: "drm_pagemap_migrate_to_ram (drivers/gpu/drm/drm_pagemap.c), do_swap_page "
      + "(mm/memory.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R45"],
    why: "a CPU spins on a fault that nobody serves",
    looksLike: "a hundred CPU faults on one page without progress, outside its timeslice, "
      + "within 50 ms and more",
    lookAlikes: [
      "faults within the timeslice return 0 and come again",
      "two faults on one page: the second waits",
    ],
    history: [
      HistoricalFix(
        "b570f37a2ce4", "mm: Fix a hmm_range_fault() livelock / starvation problem"),
      HistoricalFix(
        "1afaeb8293c9", "mm/migrate: Trylock device page in do_swap_page"),
    ])

  private var runs: [UInt64: CPUFault] = [:]
  private static let limit = 256

  mutating func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .cpuFault(let fault) = observation, fault.timesliceIsKnown,
      fault.run.count >= context.thresholds.livelockFaults,
      fault.run.last.time &- fault.run.first.time >= context.thresholds.livelockTime
    else { return }
    if runs[fault.run.first.sequence] != nil || runs.count < Self.limit {
      runs[fault.run.first.sequence] = fault
    }
  }

  func finish(_ context: RuleContext) {
    for (sequence, fault) in runs.sorted(by: { $0.key < $1.key }) {
      var object = ObjectReference(
        kind: .page, address: fault.page, epoch: fault.pageEpoch, device: context.name(fault.device)
      )
      object.virtualAddress = fault.run.address
      object.mm = fault.mm == 0 ? nil : fault.mm
      let span = fault.run.last.time &- fault.run.first.time
      context.report(
        Finding(
          rule: Self.metadata.id, category: Self.metadata.category, severity: .warning,
          isCertain: context.isIntact(from: fault.run.first.time, to: fault.run.last.time),
          title: "\(fault.run.count) CPU faults on one page without progress", object: object,
          firstSeen: fault.run.first.moment,
          explanation: [
            "\(fault.run.count) faults at \(address: fault.run.address) within \(duration: span) left "
              + "the page where it was, outside any timeslice"
          ],
          evidence: ordered([
            fault.run.first.evidence("the first fault"), fault.run.last.evidence("the last one"),
          ]),
          advice: "somebody holds the page (a pin, a lock that the faulting CPU must run to "
            + "release): look at its references while the faults go on"),
        cause: .event(sequence), provedSince: .max)
    }
  }
}
