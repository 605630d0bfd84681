import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceWords

/// One part of the screen: a heading, and rows of which the first matter most.
struct LivePart {
  /// The heading's line.
  var heading: [Span]
  /// The rows below it, the most telling first.
  var rows: [[Span]]
  /// What is said in place of the last row where not all fit; nil where nothing is.
  var rest: ((Int) -> [Span])?
  /// The rows it shall have before others get more.
  var least: Int
  /// Which parts come first where lines are few; the lowest first.
  var rank: Int

  /// The lines that it takes where there is room for all.
  var wanted: Int { rows.count + 1 }

  /// Draws it in so many lines.
  func draw(_ lines: Int, _ frame: inout ScreenFrame) {
    frame.line(heading)
    let room = lines - 1
    if rows.count <= room {
      for row in rows { frame.line(row) }
    } else if let rest, room > 1 {
      for row in rows.prefix(room - 1) { frame.line(row) }
      frame.line(rest(rows.count - room + 1))
    } else {
      for row in rows.prefix(max(0, room)) { frame.line(row) }
    }
  }
}

extension LiveView {
  /// Divides lines among parts: first each gets what it needs at least, in the order of their ranks,
  /// then each in turn one more, as long as it wants any.
  static func share(_ lines: Int, among parts: [LivePart]) -> [Int] {
    var shares = [Int](repeating: 0, count: parts.count)
    var left = max(0, lines)
    let order = parts.indices.sorted { parts[$0].rank < parts[$1].rank }
    for index in order {
      let need = min(parts[index].least + 1, parts[index].wanted)
      // A heading alone tells nothing.
      guard left >= min(need, 2) else { continue }
      shares[index] = min(need, left)
      left -= shares[index]
    }
    var isGiven = true
    while left > 0, isGiven {
      isGiven = false
      for index in order where left > 0 && shares[index] > 0 {
        guard shares[index] < parts[index].wanted else { continue }
        shares[index] += 1
        left -= 1
        isGiven = true
      }
    }
    return shares
  }

  // MARK: Devices

  static func devices(_ status: StreamStatus) -> LivePart {
    let overview = status.overview
    let rows = overview.devices.map { device in
      let name = device.name ?? "drm \(Format.address(device.drm))"
      let unplugged = device.unpluggedAt == nil ? [] : [Span("  unplugged", .caution)]
      return [Span("  \(name)  \(Format.count(device.pagemaps, "pagemap")) made")] + unplugged
    }
    let counts = overview.pagemapCounts
    let heading = [
      Span("DEVICES", .strong),
      Span(
        "  \(Format.count(counts.created, "pagemap")) created, \(Format.count(counts.revived)) revived, "
          + "\(Format.count(counts.shrunk)) shrunk, \(Format.count(counts.destroyed)) destroyed",
        .faint),
    ]
    return LivePart(
      heading: heading, rows: rows,
      rest: { further in [Span("  and \(further) more", .faint)] }, least: 1, rank: 3)
  }

  // MARK: Pagemaps

  static func pagemaps(_ status: StreamStatus, width: Int) -> LivePart {
    let overview = status.overview
    let all = UInt64(overview.pagemaps.count) &+ overview.furtherPagemaps
    // Those with references that nobody is known to hold come first, then the newest.
    let suspicious = overview.pagemaps.filter(\.isSuspicious)
    let others = overview.pagemaps.filter { !$0.isSuspicious }
    var table = LiveColumns()
    let isWide = width >= 72
    for pagemap in suspicious + others {
      table.add(cells(pagemap, isWide: isWide), refs(pagemap, isWide: isWide))
    }
    let objects = overview.objects.filter { $0.count > 0 && named.keys.contains($0.kind) }
      .map { Format.count($0.count, named[$0.kind] ?? "") }
    let heading = [
      Span("PAGEMAPS", .strong), Span("  \(Format.count(all)) live"),
      Span(objects.isEmpty ? "" : "; \(objects.joined(separator: ", "))", .faint),
    ]
    let further = overview.furtherPagemaps
    return LivePart(
      heading: heading, rows: table.rows,
      rest: { [Span("  and \(Format.count(UInt64($0) &+ further)) more", .faint)] }, least: 3,
      rank: 1)
  }

  /// What else lives, in the heading: kinds that take memory.
  private static let named: [ObjectSnapshot.Kind: String] = [
    .deviceAllocation: "allocation", .zdd: "zdd", .folio: "folio", .svmRange: "range",
  ]

  private static func cells(_ pagemap: LivePagemap, isWide: Bool) -> [Span] {
    let address = Span(Format.address(pagemap.address))
    guard isWide else { return [address] }
    return [
      address, Span(pagemap.device ?? "-"),
      Span("\(pagemap.state)", pagemap.state == .active ? .plain : .faint),
    ]
  }

  /// `refs 4 = 1 VM slot + 2 zdd + 1 unattributed`; what nobody holds comes first where it might be
  /// cut off.
  private static func refs(_ pagemap: LivePagemap, isWide: Bool) -> [Span] {
    guard let ledger = pagemap.ledger else { return [Span("refs not seen", .faint)] }
    let unknown = ledger.unattributed
    let style: Style = pagemap.isSuspicious ? .caution : .plain
    let words = unknown < 0 ? "\(unknown.magnitude) too few" : "\(unknown) unattributed"
    let refs = "refs \(ledger.references)"
    if !isWide { return [Span(refs)] + (unknown == 0 ? [] : [Span(", \(words)", style)]) }
    let holders = ledger.holders.map { "\($0.count) \($0.kind)" }
    let known = holders.isEmpty ? refs : refs + " = " + holders.joined(separator: " + ")
    if unknown == 0 { return [Span(known)] }
    if unknown < 0 { return [Span(known), Span(", \(words)", style)] }
    return [Span(known + (holders.isEmpty ? " = " : " + ")), Span(words, style)]
  }
}

extension LivePagemap {
  /// Whether its count is not what its known holders explain. What is older than the recording has
  /// holders that are not known.
  var isSuspicious: Bool { !isAdopted && (ledger?.unattributed ?? 0) != 0 }
}
