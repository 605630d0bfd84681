import PagemapAnalysis
import PagemapEvents
import PagemapRules
import TraceIngest
import TraceWords

/// The section "Completeness": what the verdict rests on.
extension TextReporter {
  /// CPUs that get a row each; of more only those with losses do.
  private static let cpuLimit = 32
  /// Gaps, and pieces of damage, that are listed one by one.
  private static let listLimit = 12
  /// Absent and unknown events that are named.
  private static let nameLimit = 6

  static func completeness(
    _ trace: TraceAnalysis, _ report: Report, _ time: TimeFormat, _ page: inout TextPage
  ) {
    guard let ledger = trace.ledger, let metadata = trace.metadata else { return }
    page.heading("Completeness")
    page.labelled("container", Span(container(metadata)))
    page.labelled("clock", Span(clock(metadata)))
    page.labelled("end", Span(end(metadata, ledger, time)))
    cpus(ledger, metadata, &page)
    gaps(ledger, metadata, time, &page)
    damage(ledger, &page)
    unformatted(ledger, &page)
    if let probes = trace.probes { self.probes(probes, report, &page) }
  }

  static func container(_ metadata: TraceMetadata) -> String {
    switch metadata.container {
    case .traceDat(let version, let compression):
      "trace.dat version \(version), compression \(compression)"
    case .text: "ftrace text"
    case .live: "ring buffer of the running kernel"
    }
  }

  static func clock(_ metadata: TraceMetadata) -> String {
    var text = metadata.clock ?? "not told"
    if !metadata.timestampsAreNanoseconds { text += ", which does not count nanoseconds" }
    if !metadata.clockIsGlobal { text += ", so events of different CPUs have no certain order" }
    return text
  }

  static func end(
    _ metadata: TraceMetadata, _ ledger: TraceLedger, _ time: TimeFormat
  ) -> String {
    let last = ledger.lastTimestamp.map { "last record at \(time.moment($0))" } ?? "no record"
    guard metadata.endIsKnown else { return "not known; \(last)" }
    let end = metadata.recordedUntil.map { "recorded until \(time.moment($0))" } ?? "known"
    return "\(end), \(last)"
  }

  private static func cpus(
    _ ledger: TraceLedger, _ metadata: TraceMetadata, _ page: inout TextPage
  ) {
    let hasBuffers = metadata.buffers.count > 1 || ledger.cpus.contains { $0.buffer > 0 }
    var table = TextTable([
      ("CPU", .right), ("events read", .right), ("lost", .right),
      (hasBuffers ? "buffer" : "", .left),
    ])
    let isLong = ledger.cpus.count > cpuLimit
    let rows = isLong ? ledger.cpus.filter(\.isIncomplete) : ledger.cpus
    for cpu in rows {
      let name = metadata.bufferName(cpu.buffer)
      table.add([
        Span("\(cpu.cpu)"), Span(Format.count(cpu.eventsRead)),
        Span(lost(cpu), cpu.isIncomplete ? .caution : .plain),
        Span(!hasBuffers ? "" : name.isEmpty ? "(top)" : name),
      ])
    }
    if !rows.isEmpty { table.write(to: &page, indent: 4) }
    if isLong {
      let others = ledger.cpus.filter { !$0.isIncomplete }
      let read = others.reduce(0) { $0 &+ $1.eventsRead }
      let subject = Format.count(UInt64(others.count), rows.isEmpty ? "CPU" : "further CPU")
      page.labelled("CPUs", Span("\(subject): \(Format.count(read, "event")) read, none lost"))
    }
    if ledger.cpus.isEmpty { page.labelled("CPUs", "none with records") }
  }

  /// `0`, `1,024`, `unknown count` or `1,024 + unknown count`.
  static func lost(_ cpu: CPULedger) -> String {
    guard cpu.gapsOfUnknownSize > 0 else { return Format.count(cpu.eventsLost) }
    return cpu.eventsLost > 0
      ? "\(Format.count(cpu.eventsLost)) + unknown count" : "unknown count"
  }

  private static func gaps(
    _ ledger: TraceLedger, _ metadata: TraceMetadata, _ time: TimeFormat, _ page: inout TextPage
  ) {
    let gaps = ledger.cpus.flatMap(\.gaps)
    for (index, gap) in gaps.prefix(listLimit).enumerated() {
      page.labelled(index == 0 ? "gaps" : "", Span(sentence(gap, metadata, time), .caution))
    }
    let kept = UInt64(max(0, gaps.count - listLimit))
    let further = ledger.cpus.reduce(kept) { $0 &+ $1.furtherGaps }
    if further > 0 { page.labelled("", Span(Format.count(further, "further gap"), .caution)) }
    for cpu in ledger.cpus {
      guard let counters = cpu.statistics, let text = sentence(counters) else { continue }
      page.labelled("counters", Span("CPU \(cpu.cpu) at the end: \(text)", .caution))
    }
  }

  /// `CPU 1: 186 records of id 1741`.
  private static func unformatted(_ ledger: TraceLedger, _ page: inout TextPage) {
    let known = ledger.cpus.flatMap { cpu in cpu.unformatted.map { (cpu.cpu, $0) } }
    for (index, (cpu, event)) in known.prefix(listLimit).enumerated() {
      let records = Format.count(event.records, "record")
      page.labelled(
        index == 0 ? "no format" : "", Span("CPU \(cpu): \(records) of id \(event.id)", .caution))
    }
    let shown = known.prefix(listLimit).reduce(UInt64(0)) { $0 &+ $1.1.records }
    let all = ledger.cpus.reduce(UInt64(0)) { $0 &+ $1.unformattedRecords }
    if all > shown {
      page.labelled("", Span(Format.count(all &- shown, "further record"), .caution))
    }
  }

  /// `CPU 1: 5 events lost between 19.040000 and 19.050000 s`.
  static func sentence(
    _ gap: LostEvents, _ metadata: TraceMetadata, _ time: TimeFormat
  ) -> String {
    let name = metadata.bufferName(gap.buffer)
    let place = name.isEmpty ? "CPU \(gap.cpu)" : "CPU \(gap.cpu) of \(name)"
    let what =
      gap.count.map { Format.count($0, "event") + " lost" } ?? "an unknown count of events lost"
    let when =
      switch (gap.after, gap.before) {
      case (let after?, let before?):
        "between \(time.stamp(after)) and \(time.moment(before))"
      case (let after?, nil): "after \(time.moment(after))"
      case (nil, let before?): "before \(time.moment(before))"
      case (nil, nil): "at an unknown time"
      }
    return "\(place): \(what) \(when)"
  }

  /// The kernel's counters that speak of events which are not in the file; nil where none does.
  static func sentence(_ counters: CPUStatistics) -> String? {
    let parts = [
      (counters.overrun, "overwritten"), (counters.commitOverrun, "lost in nested commits"),
      (counters.droppedEvents, "dropped"), (counters.entries, "left in the buffer"),
    ].filter { $0.0 > 0 }.map { "\(Format.count($0.0)) \($0.1)" }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// `byte 4096, 12 bytes unusable, CPU 1: expected …`.
  static func sentence(_ damage: Damage) -> String {
    var text = "byte \(damage.offset)"
    if let length = damage.length { text += ", \(Format.count(length, "byte")) unusable" }
    if let cpu = damage.cpu { text += ", CPU \(cpu)" }
    return text + ": \(damage.message)"
  }

  private static func damage(_ ledger: TraceLedger, _ page: inout TextPage) {
    for (index, damage) in ledger.damage.prefix(listLimit).enumerated() {
      page.labelled(index == 0 ? "damage" : "", Span(sentence(damage), .caution))
    }
    let kept = UInt64(max(0, ledger.damage.count - listLimit))
    let further = ledger.furtherDamage &+ kept
    if further > 0 {
      page.labelled(
        "", Span(Format.count(further, "further damaged place"), .caution))
    }
  }

  private static func probes(
    _ probes: ProbeInventory, _ report: Report, _ page: inout TextPage
  ) {
    let present = Format.count(UInt64(probes.present.count), "event kind")
    let absent = report.absentEvents(in: probes)
    let known = probes.isComplete ? "\(present) recorded" : "\(present) seen, others may be on"
    page.labelled("probes", Span(known))
    if !absent.isEmpty { page.labelled("absent", Span(names(absent))) }
    if !probes.unknown.isEmpty { page.labelled("unknown", Span(names(probes.unknown))) }
    for (index, format) in probes.rejected.prefix(listLimit).enumerated() {
      let text = "\(format.name): \(format.reason)"
      page.labelled(index == 0 ? "rejected" : "", Span(text, .caution))
    }
    let further = probes.rejected.count - listLimit
    if further > 0 { page.labelled("", Span("\(further) further formats", .caution)) }
  }

  private static func names(_ names: [String]) -> String {
    let further = names.count - nameLimit
    return names.prefix(nameLimit).joined(separator: ", ")
      + (further > 0 ? " and \(further) more" : "")
  }
}
