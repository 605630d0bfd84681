package import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// What a stream prints for people where it does not have a screen of its own: plain lines.
package enum StreamText {
  /// What is recorded.
  package static func start(_ start: StreamStart, options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    page.hanging([Span("STREAM", .good), " "], Span(sentence(start)))
    if !start.missingEvents.isEmpty {
      let names = start.missingEvents.prefix(6).joined(separator: ", ")
      let further = start.missingEvents.count - 6
      let more = further > 0 ? " and \(further) more" : ""
      page.labelled("absent", Span("\(names)\(more)", .caution))
    }
    if let command = start.command { page.labelled("command", Span(words(command))) }
    if let tee = start.tee { page.labelled("also to", Span(tee)) }
    if let metrics = start.metrics { page.labelled("metrics", Span(metrics)) }
    return page.bytes
  }

  /// `77 events of kernel 7.3.4 on 2 CPUs, buffers of 8 MiB each, clock mono, …`.
  private static func sentence(_ start: StreamStart) -> String {
    var parts = [
      Format.count(UInt64(start.events.count), "event")
        + (start.kernelRelease.map { " of kernel \($0)" } ?? "")
        + " on \(Format.count(UInt64(max(0, start.cpus)), "CPU"))",
      "buffers of \(Format.bytes(start.bufferSize)) each", "clock \(start.clock)",
      "order final after \(TimeFormat().duration(start.reorderWindow))",
    ]
    if let decidable = start.decidableRules, let rules = start.rules {
      parts.append("\(decidable) of \(Format.count(UInt64(max(0, rules)), "rule")) can be decided")
    }
    if let duration = start.duration {
      parts.append("ends after \(TimeFormat().duration(duration))")
    }
    return parts.joined(separator: ", ")
  }

  /// A command as it could be typed; what a shell would take apart is in quotes.
  static func words(_ command: [String]) -> String {
    command.map { word in
      let isPlain =
        !word.isEmpty
        && word.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
          default: "%+,-./:=@_^".utf8.contains(byte)
          }
        }
      return isPlain
        ? word
        : "'"
          + word.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: "'\\''") + "'"
    }.joined(separator: " ")
  }

  // MARK: On the way

  /// A finding that became certain, or what became of one. With `options.quiet` one line.
  package static func news(_ news: FindingNews, isNanoseconds: Bool, options: RenderOptions)
    -> [UInt8]
  {
    var page = TextPage(options: options)
    let finding = news.finding
    let time = TimeFormat(isNanoseconds: isNanoseconds)
    page.hanging(lead(news), Span(finding.title.text(time), .strong))
    guard news.kind != .withdrawn, !options.quiet, finding.severity > .info else {
      return page.bytes
    }
    page.labelled("object", Span(finding.object.sentence))
    page.labelled("since", Span(finding.firstSeen.sentence(time)))
    for (index, line) in finding.explanation.enumerated() {
      page.labelled(index == 0 ? "why" : "", Span(line.text(time)))
    }
    if let ledger = finding.ledger { page.labelled("ledger", Span(ledger.sentence(time))) }
    page.labelled("more", Span("pmtrace rules explain \(finding.rule)", .hint))
    return page.bytes
  }

  /// `error PM001 (certain): `, `CHANGED warning PM001 (uncertain): `, `WITHDRAWN PM001: `.
  private static func lead(_ news: FindingNews) -> [Span] {
    switch news.kind {
    case .found: TextReporter.lead(news.finding)
    case .changed: [Span("CHANGED ", .caution)] + TextReporter.lead(news.finding)
    case .withdrawn: [Span("WITHDRAWN", .caution), Span(" \(news.finding.rule)", .strong), ": "]
    }
  }

  /// What was lost since the last such line.
  package static func loss(_ loss: StreamLoss, options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    let time = TimeFormat(isNanoseconds: loss.isNanoseconds)
    let place = loss.time.map { " by \(time.moment($0))" } ?? ""
    var parts = loss.cpus.map(sentence)
    if loss.lateRecords > 0 {
      parts.append("\(Format.count(loss.lateRecords, "record")) out of order")
    }
    let total = "; \(Format.count(loss.totalEvents, "event")) in all"
    page.hanging(
      [Span("LOST", .caution), Span("\(place): ")], Span(parts.joined(separator: ", ") + total))
    return page.bytes
  }

  /// `CPU 1 1,024 overwritten, 2 gaps of unknown size`.
  static func sentence(_ loss: CPULoss) -> String {
    var parts = [
      (loss.overrun, "overwritten"), (loss.dropped, "dropped"),
      (loss.commitOverrun, "lost in nested commits"),
    ].filter { $0.0 > 0 }.map { "\(Format.count($0.0)) \($0.1)" }
    if loss.counted < loss.missing { parts.append("\(Format.count(loss.missing)) missing") }
    if parts.isEmpty {
      parts.append(Format.count(loss.gapsOfUnknownSize, "gap") + " of unknown size")
    }
    return "CPU \(loss.cpu) \(parts.joined(separator: " and "))"
  }

  /// What became of the command; nothing while it runs.
  package static func command(_ state: StreamStatus.CommandState, options: RenderOptions)
    -> [UInt8]
  {
    var page = TextPage(options: options)
    switch state {
    case .none, .running: break
    case .exited(let code):
      page.line([Span("EXITED", code == 0 ? .good : .caution), Span(" the command, with \(code)")])
    case .killed(let signal):
      page.line([Span("KILLED", .caution), Span(" the command, by signal \(signal)")])
    }
    return page.bytes
  }

  /// The end: the report that an analysis of the same trace prints.
  package static func end(_ report: Report, options: RenderOptions) -> [UInt8] {
    TextReporter.render(report, options: options)
  }
}
