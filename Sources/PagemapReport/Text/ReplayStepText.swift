package import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// The steps of a replay: a line each, for eyes and for grep.
extension ReplayText {
  /// The line of one step or gap.
  package static func line(
    _ passage: ReplayPassage, isNanoseconds: Bool, options: RenderOptions
  ) -> [UInt8] {
    var page = TextPage(options: options)
    let time = TimeFormat(isNanoseconds: isNanoseconds)
    switch passage {
    case .step(let step): page.line(spans(of: step, time))
    case .gap(let gap): page.line([Span("---- \(sentence(gap, time))", .caution)])
    }
    return page.bytes
  }

  /// `57 19.051022 CPU 0 pmtest-114 drm_pagemap_put dpagemap=… ref=2 => pagemap …: references 2 -> 1`.
  static func spans(of step: ReplayStep, _ time: TimeFormat) -> [Span] {
    let moment = step.event.moment
    var spans = [
      Span("\(step.event.sequence) ", .faint),
      Span("\(time.stamp(moment.time)) CPU \(moment.cpu) "),
      Span("\(moment.taskLabel) "), Span(step.event.event, .strong),
      Span(" \(step.event.detail.text(time))"),
    ]
    if !step.changes.isEmpty {
      spans.append(Span(" => ", .hint))
      spans.append(Span(step.changes.map { sentence($0, time) }.joined(separator: "; "), .hint))
    }
    for finding in step.findings {
      let title = finding.title.text(time)
      spans.append(Span(" !! finding \(finding.number): \(finding.rule) \(title)", .bad))
    }
    return spans
  }

  /// `pagemap 0xff36: active -> releasing, references 1 -> 0`.
  private static func sentence(_ change: MirrorDifference.Change, _ time: TimeFormat) -> String {
    let address =
      change.kind.isOfTasks
      ? "of task \(Int64(bitPattern: change.address))" : Format.address(change.address)
    let object = "\(change.kind.rawValue) \(address)"
    switch change.manner {
    case .appeared: return "new \(object)\(change.newState.map { " (\($0))" } ?? "")"
    case .gone:
      guard let old = change.oldState, let new = change.newState, old != new else {
        return "\(object) gone"
      }
      return "\(object) gone: \(old) -> \(new)"
    case .changed: break
    }
    var parts: [String] = []
    if change.oldState != change.newState {
      parts.append("\(change.oldState ?? "?") -> \(change.newState ?? "?")")
    }
    parts += change.values.map { sentence($0, time) }
    return "\(object): \(parts.joined(separator: ", "))"
  }

  /// `references 1 -> 0`; `owner 0xff36` where it was not known before; `filled` for an event.
  private static func sentence(_ value: MirrorDifference.ValueChange, _ time: TimeFormat) -> String
  {
    if case .event? = value.new { return value.label }
    let new = value.new.map { $0.text(time) } ?? "?"
    guard let old = value.old else { return "\(value.label) \(new)" }
    return "\(value.label) \(old.text(time)) -> \(new)"
  }
}
