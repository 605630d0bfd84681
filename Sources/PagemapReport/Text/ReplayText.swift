package import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// What `pmtrace replay` prints for people: the model at a moment, and the steps that led there.
package enum ReplayText {
  /// The state at a moment.
  package static func state(_ state: ReplayState, options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    let time = state.time
    moment(state, time, &page)
    if let history = state.history { self.history(history, time, &page) }
    objects(state, time, &page)
    if state.history == nil { residency(state.mirror, &page) }
    if let range = state.range { self.range(range, &page) }
    gaps(state, time, &page)
    findings(state, time, &page)
    return page.bytes
  }

  /// `STATE trace.dat behind event 57 at 19.051022 s, 0.002 s into the recording`.
  private static func moment(_ state: ReplayState, _ time: TimeFormat, _ page: inout TextPage) {
    guard let event = state.event else {
      let place = state.isEnd ? "at its end: no modelled event" : "ahead of its first event"
      page.line([Span("STATE", .good), Span(" \(state.path) ", .strong), Span(place)])
      return
    }
    let into = state.firstRecord.map { event.moment.time &- min($0, event.moment.time) }
    let place =
      (state.isEnd ? "at its end, behind event " : "behind event ")
      + "\(event.sequence) at \(time.moment(event.moment.time))"
      + (into.map { ", \(time.duration($0)) into the recording" } ?? "")
    page.line([Span("STATE", .good), Span(" \(state.path) ", .strong), Span(place)])
    page.labelled("event", Span("\(event.event) \(event.detail.text(time))"))
    page.labelled("by", Span("CPU \(event.moment.cpu), \(event.moment.taskLabel)"))
  }

  // MARK: Gaps and findings

  private static func gaps(_ state: ReplayState, _ time: TimeFormat, _ page: inout TextPage) {
    guard !state.gaps.isEmpty || !state.damage.isEmpty else { return }
    page.heading("Missing so far")
    for gap in state.gaps { page.line([Span(sentence(gap, time))], indent: 2) }
    if state.furtherGaps > 0 {
      page.line([Span("and \(Format.count(state.furtherGaps, "gap")) more")], indent: 2)
    }
    for damage in state.damage {
      page.hanging([], Span("damage at byte \(damage.offset): \(damage.message)"), indent: 2)
    }
    if state.furtherDamage > 0 {
      page.line(
        [Span("and damage in \(Format.count(state.furtherDamage, "place")) more")], indent: 2)
    }
  }

  /// `CPU 1: 30 events lost between 19.05 and 19.06 s`.
  static func sentence(_ gap: LostEvents, _ time: TimeFormat) -> String {
    let count = gap.count.map { Format.count($0, "event") } ?? "events"
    let place =
      switch (gap.after, gap.before) {
      case (let after?, let before?): "between \(time.stamp(after)) and \(time.moment(before))"
      case (let after?, nil): "after \(time.moment(after))"
      case (nil, let before?): "before \(time.moment(before))"
      case (nil, nil): "at an unknown time"
      }
    return "CPU \(gap.cpu): \(count) lost \(place)"
  }

  private static func findings(_ state: ReplayState, _ time: TimeFormat, _ page: inout TextPage) {
    guard !state.findings.isEmpty else { return }
    page.heading(state.isEnd ? "Findings" : "Findings so far")
    for (index, finding) in state.findings.enumerated() {
      page.hanging(
        [Span("\(index + 1) ", .faint)] + TextReporter.lead(finding),
        Span("\(finding.title.text(time)): \(finding.object.sentence)", .strong), indent: 2)
    }
  }
}
