import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

extension PerfettoPart {
  /// A moment for each finding, where it was first seen.
  func writeFindings(_ trace: inout PerfettoTrace, _ parent: PerfettoTrace.Track) {
    guard !analysis.findings.isEmpty else { return }
    let track = trace.track("findings", under: parent)
    for finding in analysis.findings {
      trace.instant(
        "\(finding.rule): \(finding.title.text(analysis.time))", "finding", on: track,
        at: within(finding.firstSeen.time), notes(of: finding))
    }
  }

  private func notes(of finding: Finding) -> PerfettoNotes {
    let time = analysis.time
    return PerfettoNotes { notes in
      notes.add("rule", finding.rule.description)
      notes.add("title", finding.title.text(time))
      notes.add("severity", finding.severity.rawValue)
      notes.add("certain", flag: finding.isCertain)
      notes.add("explanation", lines: finding.explanation.map { $0.text(time) })
      notes.add("object", finding.object.sentence)
      notes.add(
        "evidence",
        lines: finding.evidence.map { evidence in
          "\(evidence.moment.sentence(time)): \(evidence.event) "
            + evidence.detail.text(time)
        })
      notes.add("advice", finding.advice.text(time))
      notes.add("fingerprint", finding.fingerprint?.description)
      if let acceptance = finding.acceptance {
        notes.add("accepted by", acceptance.kind.rawValue)
        notes.add("accepted because", acceptance.reason)
      }
    }
  }

  /// A moment on the track of each device that was unplugged.
  func writeUnplugs(_ trace: inout PerfettoTrace, _ devices: inout PerfettoDevices) {
    for device in analysis.summary?.devices ?? [] {
      guard let time = device.unpluggedAt else { continue }
      let name = device.name ?? Format.address(device.drm)
      let track = devices.track(name, &trace)
      trace.instant(
        "\(name) unplugged", "device", on: track, at: within(time),
        PerfettoNotes { $0.add("drm", address: device.drm) })
    }
  }

  // MARK: What is missing

  /// A track per CPU that lost events, with the gaps, and the damage of the file.
  func writeLosses(_ trace: inout PerfettoTrace, _ parent: PerfettoTrace.Track) {
    guard let ledger = analysis.ledger, ledger.isIncomplete, let bounds else { return }
    let track = trace.track("lost events", under: parent)
    for damage in ledger.damage {
      trace.instant(
        "damage: \(damage.message)", "lost", on: track, at: bounds.upperBound, notes(of: damage))
    }
    if ledger.furtherDamage > 0 {
      trace.instant(
        "\(ledger.furtherDamage) further damage", "lost", on: track, at: bounds.upperBound)
    }
    for cpu in ledger.cpus where cpu.isIncomplete {
      writeGaps(of: cpu, &trace, track, bounds)
    }
  }

  private func writeGaps(
    of cpu: CPULedger, _ trace: inout PerfettoTrace, _ parent: PerfettoTrace.Track,
    _ bounds: ClosedRange<UInt64>
  ) {
    let more = cpu.furtherGaps > 0 ? "\(cpu.furtherGaps) further gaps are not shown" : nil
    var rows = PerfettoRows()
    let gaps = cpu.gaps.map { gap in
      let start = within(gap.after ?? bounds.lowerBound)
      return (gap: gap, start: start, end: max(start, within(gap.before ?? bounds.upperBound)))
    }
    for (_, part) in gaps.enumerated().sorted(by: {
      ($0.element.start, $0.offset) < ($1.element.start, $1.offset)
    }) {
      let track = rows.place(from: part.start, to: part.end) {
        trace.track(name(of: cpu), under: parent, description: more)
      }
      trace.begin(
        part.gap.count.map { Format.count($0, "event") + " lost" } ?? "events lost", "lost",
        on: track, at: part.start,
        PerfettoNotes { notes in
          notes.add("cpu", number: UInt64(cpu.cpu))
          if let count = part.gap.count { notes.add("events", number: count) }
          if part.gap.after == nil { notes.add("since", "before the CPU's first record") }
          if part.gap.before == nil { notes.add("until", "the end of the recording") }
        })
      trace.end(on: track, at: part.end)
    }
  }

  private func name(of cpu: CPULedger) -> String {
    let buffers = analysis.metadata?.buffers ?? []
    let buffer = buffers.indices.contains(Int(cpu.buffer)) ? buffers[Int(cpu.buffer)].name : ""
    return "CPU \(cpu.cpu)" + (buffer.isEmpty ? "" : " of \(buffer)")
  }

  /// A file tells where damage is, not when: it stands at the end of the trace.
  private func notes(of damage: Damage) -> PerfettoNotes {
    PerfettoNotes { notes in
      notes.add("kind", damage.kind.rawValue)
      notes.add("offset in the file", number: damage.offset)
      if let length = damage.length { notes.add("bytes", number: length) }
      if let cpu = damage.cpu { notes.add("cpu", number: UInt64(cpu)) }
    }
  }
}
