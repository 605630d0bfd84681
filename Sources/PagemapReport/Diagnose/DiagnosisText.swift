import PagemapAnalysis
import PagemapEvents
import PagemapRules
import TraceIngest
import TraceWords

/// A diagnosis as text: the same input gives the same bytes.
package enum DiagnosisText {
  /// All of it, section by section, as UTF-8.
  package static func render(_ diagnosis: Diagnosis) -> [UInt8] {
    var lines = diagnosis.versions
    func section(_ title: String, _ body: [String]) {
      lines += ["", title] + (body.isEmpty ? ["  none"] : body.map { "  " + $0 })
    }
    section("INPUT", input(diagnosis))
    section("SECTIONS", diagnosis.inspection.sections.map(line))
    section("BUFFERS", buffers(diagnosis))
    section("FIRST DAMAGE", damage(diagnosis))
    section("LEDGER", ledger(diagnosis))
    section("PROBES", probes(diagnosis))
    section(
      "REJECTED FORMATS",
      diagnosis.analysis?.probes?.rejected.map {
        "\($0.name): \($0.reason)"
      } ?? [])
    section("UNKNOWN EVENTS", diagnosis.analysis?.probes?.unknown ?? [])
    section("VERDICT", verdict(diagnosis))
    section(
      "PROGRAM",
      [
        diagnosis.otherProgram.map { "another program comes first in PATH: \($0)" }
          ?? "no other pmtrace comes first in PATH"
      ])
    if let payload = diagnosis.payload { append(payload, section) }
    return Array(lines.map { UntrustedText.escaped($0) + "\n" }.joined().utf8)
  }

  private static func input(_ diagnosis: Diagnosis) -> [String] {
    let inspection = diagnosis.inspection
    var lines = ["name: \(diagnosis.name)", "size: \(inspection.size) bytes"]
    lines.append("kind: \(inspection.isTraceDat ? "trace.dat" : "no trace.dat: text, or no trace")")
    lines += inspection.header.map { "\($0.label): \($0.value)" }
    if let error = inspection.error { lines.append("unreadable: \(error)") }
    guard let metadata = diagnosis.analysis?.metadata else { return lines }
    lines += [
      "clock: \(metadata.clock ?? "not told")",
      "stamps are nanoseconds: \(metadata.timestampsAreNanoseconds)",
      "kernel: \(metadata.kernelRelease ?? "not told")",
      "end known: \(metadata.endIsKnown), recorded until \(number(metadata.recordedUntil))",
    ]
    return lines
  }

  private static func line(_ part: Inspection.Part) -> String {
    "section \(part.id) at byte \(part.offset): \(part.size) bytes"
      + (part.isCompressed ? ", compressed" : "") + (part.isCut ? ", cut" : "")
  }

  private static func buffers(_ diagnosis: Diagnosis) -> [String] {
    let names = diagnosis.analysis?.metadata?.buffers.map(\.name) ?? []
    return diagnosis.inspection.cpus.map { part in
      let index = Int(part.buffer)
      let name = index < names.count && !names[index].isEmpty ? "\"\(names[index])\"" : "\(index)"
      return "buffer \(name) CPU \(part.cpu) at byte \(part.offset): \(part.size) bytes in "
        + "sub-buffers of \(part.subBufferSize), \(part.compression)" + (part.isCut ? ", cut" : "")
    }
  }

  private static func damage(_ diagnosis: Diagnosis) -> [String] {
    guard let first = diagnosis.firstDamage else { return [] }
    let all = diagnosis.analysis?.ledger?.damage.dropFirst() ?? []
    return ["byte \(first.offset): \(first.message)"]
      + all.map { "then byte \($0.offset): \($0.message)" }
  }

  private static func ledger(_ diagnosis: Diagnosis) -> [String] {
    diagnosis.analysis?.ledger?.cpus.map { cpu in
      var line =
        "buffer \(cpu.buffer) CPU \(cpu.cpu): \(cpu.eventsRead) read, "
        + "\(cpu.eventsLost) lost, \(UInt64(cpu.gaps.count) + cpu.furtherGaps) gaps, "
        + "\(cpu.gapsOfUnknownSize) of unknown size"
      if let counters = cpu.statistics {
        line +=
          "; kernel: \(counters.readEvents) read, \(counters.entries) left, "
          + "\(counters.overrun) overwritten, \(counters.droppedEvents) dropped, "
          + "\(counters.commitOverrun) commit overruns, now \(number(counters.now))"
      }
      return line
    } ?? []
  }

  private static func probes(_ diagnosis: Diagnosis) -> [String] {
    let formats = Dictionary(diagnosis.formats.map { ($0.name, $0) }) { first, _ in first }
    return diagnosis.analysis?.probes?.present.map { probe in
      let format = formats[probe.name]
      return "\(probe.name): \(probe.kind.label), id \(number(format?.id.map(UInt64.init))), "
        + "format of \(number(format.map { UInt64($0.size) })) bytes, \(probe.count) events, fields "
        + probe.fields.map { "\($0)" }.joined(separator: " ")
    } ?? []
  }

  private static func verdict(_ diagnosis: Diagnosis) -> [String] {
    guard let analysis = diagnosis.analysis else { return ["unusable, exit code 3"] }
    return [
      "\(analysis.verdict), exit code \(analysis.exitCode): "
        + analysis.reason.text(analysis.time)
    ]
  }

  private static func append(
    _ payload: Diagnosis.Payload, _ section: (String, [String]) -> Void
  ) {
    section("BYTES AROUND THE FIRST DAMAGE", payload.damage.map { dump($1, at: $0) } ?? [])
    section(
      "FIRST RECORDS", payload.records.flatMap { [$0.name] + dump($0.bytes, at: 0) })
    section("TASKS", payload.tasks.map { "\($0.pid) \($0.name)" })
  }

  /// Lines of sixteen bytes in hexadecimal, each behind its offset.
  private static func dump(_ bytes: [UInt8], at offset: UInt64) -> [String] {
    stride(from: 0, to: bytes.count, by: 16).map { start in
      let line = bytes[start..<min(start + 16, bytes.count)]
      return Format.hexadecimal(offset &+ UInt64(start), digits: 8) + "  "
        + line.map { Format.hexadecimal(UInt64($0), digits: 2) }.joined(separator: " ")
    }
  }

  private static func number(_ number: UInt64?) -> String { number.map { "\($0)" } ?? "not told" }
}
