import PagemapModel
import TraceWords

/// What the pagemaps cost: the question that the kernel's cache and its shrinker answer.
extension TextReporter {
  /// Changes of the memory held that are listed one by one; more of them become a drawing.
  private static let listedSteps = 6

  static func cost(_ summary: Summary, _ time: TimeFormat, _ page: inout TextPage) {
    let cost = summary.cost
    let counts = summary.pagemaps
    if let steps = cost.memory {
      page.labelled("struct pages", Span(held(cost, time)))
      memory(steps, cost, until: summary.recordedUntil ?? summary.lastEvent, time, &page)
    } else {
      page.labelled("struct pages", "not told by these probes")
    }
    page.labelled("creation", Span(spent(cost.creation, cost.creations, time)))
    page.labelled("teardown", Span(spent(cost.teardown, cost.teardowns, time)))
    page.labelled("cache", Span(cache(counts)))
  }

  /// `5 hits, 2 misses (71.4 % hits); 5 revived against 2 creations`.
  static func cache(_ counts: PagemapCounts) -> String {
    let lookups = counts.cacheHits &+ counts.cacheMisses
    var text = "\(Format.count(counts.cacheHits, "hit")), "
    text += Format.count(counts.cacheMisses, "miss", plural: "misses")
    if lookups > 0 { text += " (\(Format.share(counts.cacheHits, of: lookups)) hits)" }
    text += "; \(Format.count(counts.revived)) revived against "
    text += "\(Format.count(counts.created, "creation"))"
    return text
  }

  /// `at most 512 KiB, 0 B at the end, 1.2 MiB-seconds in all`.
  static func held(_ cost: PagemapCost, _ time: TimeFormat) -> String {
    var text = "at most \(Format.bytes(cost.peakBytes)), "
    text += "\(Format.bytes(cost.bytesAtEnd)) at the end"
    if time.isNanoseconds, cost.byteSeconds.isFinite, cost.byteSeconds >= 0,
      cost.byteSeconds < 0x1p63
    {
      let tenths = UInt64(cost.byteSeconds / 104_857.6)
      text += ", \(Format.fixed(tenths, scale: 1, decimals: 1)) MiB-seconds in all"
    }
    return text
  }

  /// The memory over time: a list of its changes, or a drawing where there are many.
  private static func memory(
    _ steps: [PagemapCost.Step], _ cost: PagemapCost, until end: UInt64?, _ time: TimeFormat,
    _ page: inout TextPage
  ) {
    guard let first = steps.first, let last = steps.last else { return }
    if steps.count <= listedSteps {
      let list = steps.map { "\(Format.bytes($0.bytes)) from \(time.stamp($0.time))" }
      page.labelled("", Span(list.joined(separator: ", ") + (time.isNanoseconds ? " s" : "")))
    } else {
      // Behind the last step that was kept nothing is known when further ones were left out.
      let end = cost.furtherSteps > 0 ? last.time : max(end ?? last.time, last.time)
      let drawing = Sparkline.draw(steps.map { ($0.time, $0.bytes) }, until: end, columns: 60)
      page.labelled("", Span("|\(drawing)|"))
      page.labelled("", Span("\(time.stamp(first.time)) to \(time.moment(end))", .faint))
    }
    if cost.furtherSteps > 0 {
      let further = Format.count(cost.furtherSteps, "later change")
      page.labelled("", Span("\(further) not listed", .faint))
    }
  }

  /// `9.30 ms for 2 (4.65 ms each)`.
  static func spent(_ total: UInt64, _ count: UInt64, _ time: TimeFormat) -> String {
    guard count > 0 else { return "none seen from start to end" }
    let each = count > 1 ? " (\(time.duration(total / count)) each)" : ""
    return "\(time.duration(total)) for \(Format.count(count, "pagemap"))\(each)"
  }
}

/// A quantity over time in one line of ASCII.
enum Sparkline {
  /// From nothing to the most.
  private static let levels = Array(" .:-=+*#%@")

  /// Draws steps, in the order of time, from the first to `end`. A column shows the most that was
  /// held in its stretch of time, and is blank only where nothing was.
  static func draw(_ steps: [(time: UInt64, value: UInt64)], until end: UInt64, columns: Int)
    -> String
  {
    guard let start = steps.first?.time, columns > 0 else { return "" }
    let span = Double(max(1, end > start ? end - start : 1))
    let most = steps.reduce(1) { max($0, $1.value) }
    var columnsMost = [UInt64](repeating: 0, count: columns)
    for (index, step) in steps.enumerated() {
      let next = index + 1 < steps.count ? steps[index + 1].time : end
      let from = column(of: step.time, start, span, columns)
      let to = column(of: next > step.time ? next - 1 : next, start, span, columns)
      for column in from...max(from, to) {
        columnsMost[column] = max(columnsMost[column], step.value)
      }
    }
    return String(
      columnsMost.map { value in
        let level = (Double(value) / Double(most) * Double(levels.count - 1)).rounded(.up)
        return levels[min(levels.count - 1, Int(level))]
      })
  }

  private static func column(of time: UInt64, _ start: UInt64, _ span: Double, _ columns: Int)
    -> Int
  {
    let share = Double(time > start ? time - start : 0) / span
    return min(columns - 1, Int(min(1, share) * Double(columns)))
  }
}
