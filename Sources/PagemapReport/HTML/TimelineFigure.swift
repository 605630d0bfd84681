import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// The whole timeline as a still picture: what paper shows, and a browser without the script.
struct TimelineFigure {
  /// Bytes that are kept for a picture when the page's size is planned.
  static let reserve = 150_000
  private static let width = 1000
  private static let labels = 190.0
  private static let columns = 405
  private static let laneLimit = 24

  private let section: TraceSection
  private let timeline: Timeline
  private let start: UInt64
  private let end: UInt64
  private let length: Double

  init(_ section: TraceSection, _ timeline: Timeline) {
    self.section = section
    self.timeline = timeline
    start = timeline.start ?? 0
    let end = timeline.end ?? start
    let busy = Self.lastChange(of: timeline) ?? end
    // A long rest without any change is left out, as it is on the screen at first.
    let isShort = busy > start && Double(busy - start) < 0.75 * Double(end - start)
    self.end = isShort ? min(end, busy + (busy - start) / 12) : end
    length = Double(max(1, self.end - start))
  }

  /// When a call last ended or a pagemap or memory last changed.
  private static func lastChange(of timeline: Timeline) -> UInt64? {
    let times =
      [timeline.spans.map(\.end).max(), timeline.memory.last?.time]
      + timeline.lanes.map { $0.steps.last?.time }
    return times.compactMap { $0 }.max()
  }

  func write(to page: inout Markup) {
    let rows = self.rows
    let height = 40 + rows.count * 18
    page.raw("<figure class=\"still\">")
    page.open(
      "svg", ("viewBox", "0 0 \(Self.width) \(height)"), ("role", "img"),
      ("aria-label", "The whole timeline as a picture"))
    losses(height, &page)
    for (place, row) in rows.enumerated() { write(row, y: 24 + place * 18, &page) }
    marks(height, &page)
    axis(height, &page)
    page.close("svg")
    page.raw("<figcaption>")
    page.text(caption)
    page.raw("</figcaption><ul class=\"legend\">")
    for state in Pagemap.State.allCases where !timeline.lanes.isEmpty {
      page.element("li", ("class", "state-\(state)")) { page in
        page.raw("<i></i>")
        page.text("\(state)")
      }
    }
    page.raw("<li class=\"failed\"><i></i>failed</li></ul></figure>\n")
  }

  private var caption: String {
    let further = timeline.lanes.count - Self.laneLimit
    let rest = further > 0 ? " \(further) further pagemaps are not drawn." : ""
    return "Calls by device and direction, pagemaps by state, from \(stamp(start)) to "
      + "\(stamp(end)).\(hasLosses ? " Hatched: events were lost." : "")\(rest)"
  }

  private var hasLosses: Bool { section.trace.ledger?.cpus.contains { !$0.gaps.isEmpty } ?? false }

  private func stamp(_ time: UInt64) -> String { section.time.moment(time) }

  // MARK: Rows

  private struct Row {
    var label: String
    /// What is drawn: a class, and stretches of columns.
    var parts: [(style: String, ranges: [ClosedRange<Int>])]
  }

  private struct Key: Hashable {
    var device: String?
    var direction: MigrationDirection
  }

  private var rows: [Row] {
    var spans: [Key: [Timeline.Span]] = [:]
    var devices: [String?] = []
    for span in timeline.spans {
      spans[Key(device: span.device, direction: span.direction), default: []].append(span)
      if !devices.contains(span.device), devices.count < 16 { devices.append(span.device) }
    }
    var rows: [Row] = []
    for device in devices {
      for direction in MigrationDirection.allCases {
        guard let calls = spans[Key(device: device, direction: direction)] else { continue }
        let label = "\(device ?? "no device"): \(direction.words)"
        let failed = calls.filter { $0.failures > 0 }
        rows.append(
          Row(
            label: label,
            parts: [
              (direction.style, columns(calls.map { ($0.start, $0.end) })),
              ("failed", columns(failed.map { ($0.start, $0.end) })),
            ]))
      }
    }
    rows += timeline.lanes.prefix(Self.laneLimit).map(row)
    if !timeline.memory.isEmpty { rows.append(memoryRow) }
    return rows
  }

  /// When any `struct page` memory is held.
  private var memoryRow: Row {
    let steps = timeline.memory
    let held = steps.indices.filter { steps[$0].most > 0 }.map { place in
      (steps[place].time, place + 1 < steps.count ? steps[place + 1].time : end)
    }
    let most = Format.bytes(steps.map(\.most).max() ?? 0)
    return Row(label: "struct pages held, at most \(most)", parts: [("memory", columns(held))])
  }

  private func row(_ lane: Timeline.Lane) -> Row {
    let parts = Pagemap.State.allCases.map { state in
      let stretches = lane.steps.indices.filter { lane.steps[$0].state == state }.map { place in
        let next = place + 1 < lane.steps.count ? lane.steps[place + 1].time : end
        return (lane.steps[place].time, next)
      }
      return ("state-\(state)", columns(stretches))
    }
    return Row(label: "\(Format.address(lane.address)) \(lane.device ?? "")", parts: parts)
  }

  /// The columns that stretches of time cover, joined where they touch.
  private func columns(_ stretches: [(UInt64, UInt64)]) -> [ClosedRange<Int>] {
    var covered = [Bool](repeating: false, count: Self.columns)
    for (from, to) in stretches {
      for column in self.column(from)...max(self.column(from), self.column(to)) {
        covered[column] = true
      }
    }
    var ranges: [ClosedRange<Int>] = []
    for column in covered.indices where covered[column] {
      if let last = ranges.last, last.upperBound + 1 == column {
        ranges[ranges.count - 1] = last.lowerBound...column
      } else {
        ranges.append(column...column)
      }
    }
    return ranges
  }

  private func column(_ time: UInt64) -> Int {
    let share = Double(time > start ? time - start : 0) / length
    return min(Self.columns - 1, Int(min(1, share) * Double(Self.columns)))
  }

  private func x(_ column: Int) -> String { TraceSection.number(Self.labels + Double(column) * 2) }

  private func write(_ row: Row, y: Int, _ page: inout Markup) {
    page.element("text", ("x", "0"), ("y", "\(y + 11)"), text: shortened(row.label))
    for part in row.parts where !part.ranges.isEmpty {
      let path = part.ranges.map {
        "M\(x($0.lowerBound)) \(y)h\($0.count * 2)v14h-\($0.count * 2)z"
      }
      page.element("path", ("class", part.style), ("d", path.joined())) { _ in }
    }
    page.line()
  }

  private func shortened(_ label: String) -> String {
    label.count > 36 ? String(label.prefix(35)) + "…" : label
  }

  // MARK: Over all rows

  private func losses(_ height: Int, _ page: inout Markup) {
    let gaps = section.trace.ledger?.cpus.flatMap(\.gaps) ?? []
    let ranges = columns(gaps.map { ($0.after ?? start, $0.before ?? end) })
    guard !ranges.isEmpty else { return }
    page.raw("<defs><pattern id=\"")
    page.text(section.id("hatch"))
    page.raw(
      """
      " width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
      <rect class="hatch" width="2" height="6"></rect></pattern></defs>
      """)
    for range in ranges {
      page.element(
        "rect", ("x", x(range.lowerBound)), ("y", "20"), ("width", "\(range.count * 2)"),
        ("height", "\(height - 36)"), ("fill", "url(#\(section.id("hatch")))")
      ) { _ in }
    }
  }

  private func marks(_ height: Int, _ page: inout Markup) {
    var last = -100
    for finding in section.trace.findings.sorted(by: { $0.firstSeen.time < $1.firstSeen.time })
      .prefix(100)
    {
      let column = column(finding.firstSeen.time)
      if column == last { continue }
      let x = x(column)
      page.element(
        "path", ("class", "mark \(finding.severity.rawValue)"), ("d", "M\(x) 18V\(height - 16)")
      ) { _ in }
      if column > last + 26, column < Self.columns - 24 {
        page.element("text", ("x", x), ("y", "12"), text: finding.rule.description)
      }
      last = column
    }
  }

  private func axis(_ height: Int, _ page: inout Markup) {
    let right = Self.width
    page.element("text", ("x", x(0)), ("y", "\(height - 2)"), text: stamp(start))
    page.element(
      "text", ("x", "\(right)"), ("y", "\(height - 2)"), ("text-anchor", "end"), text: stamp(end))
  }
}
