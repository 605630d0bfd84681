import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// Which device holds what.
extension ReplayText {
  static func residency(_ mirror: MirrorSnapshot, _ page: inout TextPage) {
    guard !mirror.residency.isEmpty else { return }
    page.heading("Residency")
    for entry in mirror.residency {
      let known = entry.allocations - entry.unknownAllocations
      var parts: [String] = []
      if known > 0 {
        parts.append(
          "\(Format.count(entry.pages, "page")) (\(size(entry.pages))) in "
            + Format.count(known, "allocation"))
      }
      if entry.unknownAllocations > 0 {
        let count = Format.count(entry.unknownAllocations, "allocation")
        parts.append("\(count) whose pages were not recorded")
      }
      let mm = entry.mm.map(Format.address) ?? "an unknown address space"
      page.hanging(
        [Span("mm \(mm)  ", .strong)],
        Span("\(entry.device ?? "unknown device"): \(parts.joined(separator: ", and "))"),
        indent: 2)
    }
    if let folios = mirror.liveFolios {
      page.line([Span("\(Format.count(folios, "device folio")) in all", .faint)], indent: 2)
    }
  }

  static func range(_ range: RangeResidency, _ page: inout TextPage) {
    let mm = range.mm.map { " of mm \(Format.address($0))" } ?? ""
    page.heading("Range \(Format.address(range.start))-\(Format.address(range.end))\(mm)")
    guard !range.parts.isEmpty else {
      page.line([Span("no device holds any of it, as far as the trace tells")], indent: 2)
      return
    }
    for part in range.parts {
      let whole = Format.count((part.allocationEnd &- part.allocationStart) / 4096, "page")
      let pages =
        part.pages.map { "\(Format.count($0)) of its \(whole) on the device" }
        ?? "\(whole), births not recorded"
      let mm = range.mm == nil ? part.mm.map { "mm \(Format.address($0)), " } ?? "" : ""
      page.hanging(
        [Span("\(Format.address(part.start))-\(Format.address(part.end))  ", .strong)],
        Span(
          "\(mm)\(part.device ?? "unknown device"), allocation \(Format.address(part.allocation)) "
            + "epoch \(part.epoch): \(pages)"),
        indent: 2)
    }
  }

  /// The size of so many base pages.
  private static func size(_ pages: UInt64) -> String {
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: 4096)
    return Format.bytes(overflow ? .max : bytes)
  }
}
