import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// The timeline: its data for the script, and a picture that needs none, for paper.
extension TraceSection {
  /// Writes the timeline with data of at most so many bytes.
  func timeline(budget: Int, _ page: inout Markup) {
    guard trace.error == nil else { return }
    page.open("section", ("id", id("timeline")), ("class", "timeline"))
    page.element("h3", text: "Timeline")
    if let timeline = trace.timeline, hasTimeline {
      let (shown, data) = fitted(timeline, budget: max(0, budget - TimelineFigure.reserve))
      merged(shown, &page)
      page.open("div", ("class", "view"), ("data-source", id("data")))
      page.raw("</div>\n")
      TimelineFigure(self, shown).write(to: &page)
      page.open("script", ("type", "application/json"), ("id", id("data")))
      page.trusted(data)
      page.close("script")
    } else {
      let text =
        trace.timeline == nil
        ? "Not gathered for this report."
        : "Nothing to show: no migration and no pagemap in this trace."
      page.element("p", ("class", "none"), text: text)
    }
    page.raw("</section>\n")
  }

  /// The timeline as coarse as its data has to be, and the data.
  private func fitted(_ timeline: Timeline, budget: Int) -> (Timeline, [UInt8]) {
    if let data = TimelineData.encode(self, timeline, limit: budget) { return (timeline, data) }
    var limit = max(timeline.spans.count, timeline.lanes.reduce(0) { $0 + $1.steps.count })
    var coarse = timeline
    while limit > 16 {
      limit /= 2
      coarse = coarse.coarsened(spans: limit, steps: limit)
      if let data = TimelineData.encode(self, coarse, limit: budget) { return (coarse, data) }
    }
    // Nothing smaller can be made of it: a page that is too large is better than none.
    return (coarse, TimelineData.encode(self, coarse, limit: .max) ?? [])
  }

  /// What the picture does not show one by one.
  private func merged(_ timeline: Timeline, _ page: inout Markup) {
    if timeline.resolution > 0 {
      let calls = timeline.spans.reduce(UInt64(0)) { $0 &+ $1.count }
      let steps = timeline.lanes.flatMap(\.steps)
      let changes = steps.reduce(UInt64(0)) { $0 &+ $1.count }
      page.element(
        "p", ("class", "note"),
        text: "Merged: what one task did within \(time.duration(timeline.resolution)) may be shown "
          + "as one. \(Format.count(calls, "call")) are "
          + "\(Format.count(UInt64(timeline.spans.count), "span")), "
          + "\(Format.count(changes, "change")) of pagemaps are "
          + "\(Format.count(UInt64(steps.count), "step")); nothing longer is merged.")
    }
    if timeline.furtherLanes > 0 {
      let further = Format.count(timeline.furtherLanes, "further pagemap")
      page.element("p", ("class", "note"), text: "\(further) without a lane.")
    }
  }
}
