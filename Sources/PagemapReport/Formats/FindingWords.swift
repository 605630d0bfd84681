import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// A finding as plain text, for formats that have room for a line, or for a body of lines. No line
/// holds a character that steers what shows it.
struct FindingWords {
  var finding: Finding
  var trace: TraceAnalysis
  var report: Report

  /// Events of one finding that are told before the middle of a long list is left out.
  private static let evidenceLimit = 24

  private var time: TimeFormat { trace.time }

  /// `1 pagemap reference leaked: pagemap 0xff36ccee44c28298 of pmfake.0`.
  var subject: String {
    let device = finding.object.device.map { " of \($0)" } ?? ""
    let address = Format.address(finding.object.address)
    return UntrustedText.escaped(
      "\(finding.title.text(time)): \(finding.object.kind.rawValue) \(address)\(device)")
  }

  /// `error, certain`; an accepted one says so.
  var weight: String {
    let certainty = finding.isCertain ? "certain" : "uncertain"
    let acceptance = finding.acceptance.map { ", accepted: \($0.justification)" } ?? ""
    return "\(finding.severity.rawValue), \(certainty)\(acceptance)"
  }

  /// All of it in one line: `PM001 (error, certain): …`.
  var line: String { "\(finding.rule) (\(weight)): \(subject)" }

  /// When it was first seen, by whom.
  var since: String { UntrustedText.escaped(finding.firstSeen.sentence(time)) }

  /// All that is known of it, the line first.
  var lines: [String] {
    var lines = [line]
    func add(_ label: String, _ text: String) { lines.append("  \(label): \(text)") }
    add("class", finding.category.rawValue)
    add("object", finding.object.sentence)
    add("since", finding.firstSeen.sentence(time))
    for words in finding.explanation { add("why", words.text(time)) }
    lines += evidence
    if let ledger = finding.ledger { add("ledger", ledger.sentence(time)) }
    if let metadata = report.metadata(of: finding.rule) {
      add("invariant", metadata.invariant)
      add("kernel", metadata.kernelFunction)
    }
    add("next", finding.advice.text(time))
    if let fingerprint = finding.fingerprint { add("fingerprint", fingerprint.description) }
    return lines.map(UntrustedText.escaped)
  }

  private var evidence: [String] {
    let events = finding.evidence
    let omitted = max(0, events.count - Self.evidenceLimit)
    guard omitted > 0 else { return events.map(line) }
    let half = Self.evidenceLimit / 2
    return events.prefix(half).map(line)
      + ["  event: ... \(Format.count(UInt64(omitted), "further event"))"]
      + events.suffix(Self.evidenceLimit - half).map(line)
  }

  private func line(_ event: Evidence) -> String {
    let stack = event.stack.isEmpty ? "" : ", \(TextReporter.callers(event.stack))"
    return "  event: \(time.stamp(event.moment.time)) CPU \(event.moment.cpu) "
      + "\(event.moment.taskLabel) \(event.event) "
      + event.detail.text(time) + stack
  }
}

extension TraceAnalysis {
  /// How long the recording lasted, in nanoseconds; 0 where the trace does not tell, and where its
  /// clock does not count time.
  var span: UInt64 {
    guard metadata?.timestampsAreNanoseconds == true, let start = ledger?.firstTimestamp else {
      return 0
    }
    let end = metadata?.recordedUntil ?? ledger?.lastTimestamp ?? start
    return end > start ? end - start : 0
  }

  /// The verdict and why, one line.
  var verdictLine: String { "\(verdict.rawValue): \(UntrustedText.escaped(reason.text(time)))" }
}

extension Report {
  /// A name for each trace: its location, with a number where the same was given before.
  var names: [String] {
    var seen: [String: Int] = [:]
    var taken: Set<String> = []
    return traces.map { trace in
      let location = UntrustedText.escaped(location(of: trace))
      var name = location
      repeat {
        let count = seen[location, default: 0] + 1
        seen[location] = count
        name = count == 1 ? location : "\(location) (\(count))"
      } while !taken.insert(name).inserted
      return name
    }
  }
}
