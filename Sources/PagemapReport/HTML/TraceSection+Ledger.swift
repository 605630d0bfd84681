import PagemapModel
import TraceWords

/// A finding's reference ledger, as a bar of holders and of what nobody holds.
extension TraceSection {
  /// Segments that a bar has room for.
  private static let segmentLimit = 12
  private static let width = 600.0

  func ledger(_ ledger: ReferenceLedger, _ page: inout Markup) {
    page.raw("<div class=\"ledger\"><h4>References</h4>")
    let segments = self.segments(ledger)
    bar(segments, &page)
    page.raw("<ul class=\"legend\">")
    for segment in segments {
      page.element("li", ("class", segment.style)) { page in
        page.raw("<i></i>")
        page.text("\(segment.count) \(segment.title)")
        if !segment.addresses.isEmpty {
          page.element("code", text: segment.addresses)
        }
      }
    }
    page.raw("</ul>")
    page.element("p", ("class", "m"), text: ledger.sentence(time))
    page.element("p", ("class", "faint"), text: "sampled at \(ledger.sampledAt.sentence(time))")
    if !ledger.stack.isEmpty {
      stack(ledger.stack, "Stack of the first event that shows it", isOpen: true, &page)
    }
    page.raw("</div>\n")
  }

  private struct Segment {
    var title: String
    var count: UInt64
    var style: String
    var addresses = ""
  }

  private func segments(_ ledger: ReferenceLedger) -> [Segment] {
    var segments = ledger.holders.prefix(Self.segmentLimit).enumerated().map { place, holder in
      let further = holder.count &- Int64(holder.addresses.count)
      let rest = further > 0 && !holder.addresses.isEmpty ? " and \(further) more" : ""
      return Segment(
        title: holder.kind, count: UInt64(max(0, holder.count)), style: "holder h\(place % 4)",
        addresses: holder.addresses.map(Format.address).joined(separator: " ") + rest)
    }
    let further = ledger.holders.dropFirst(Self.segmentLimit).reduce(UInt64(0)) {
      $0 &+ UInt64(max(0, $1.count))
    }
    if further > 0 { segments.append(Segment(title: "others", count: further, style: "holder h3")) }
    if ledger.unattributed > 0 {
      segments.append(
        Segment(
          title: "unattributed, held by nobody known", count: UInt64(ledger.unattributed),
          style: "unattributed"))
    } else if ledger.unattributed < 0 {
      segments.append(
        Segment(
          title: "too few: held, although the count does not cover them",
          count: ledger.unattributed.magnitude, style: "missing"))
    }
    return segments
  }

  /// The bar. Of many references a segment is as wide as its share, though never too narrow to see.
  private func bar(_ segments: [Segment], _ page: inout Markup) {
    let total = segments.reduce(0.0) { $0 + Double($1.count) }
    guard total > 0 else { return }
    page.open(
      "svg", ("class", "bar"), ("viewBox", "0 0 600 18"), ("preserveAspectRatio", "none"),
      ("role", "img"),
      (
        "aria-label",
        segments.map { "\($0.count) \($0.title)" }.joined(separator: ", ")
      ))
    var x = 0.0
    let least = 4.0
    let spare = Self.width - least * Double(segments.count)
    for segment in segments {
      let width = least + spare * Double(segment.count) / total
      page.element(
        "rect", ("class", segment.style), ("x", Self.number(x)), ("width", Self.number(width - 2)),
        ("height", "18")
      ) { _ in }
      x += width
    }
    page.close("svg")
  }

  /// A coordinate with at most one digit behind the point.
  static func number(_ value: Double) -> String {
    value.isFinite && abs(value) < 1e9 ? Format.shortDecimal(value) : "0"
  }
}
