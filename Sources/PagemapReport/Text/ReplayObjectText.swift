import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// The objects of a state: one paragraph each, the same for every kind.
extension ReplayText {
  static func objects(_ state: ReplayState, _ time: TimeFormat, _ page: inout TextPage) {
    let groups = Set(state.mirror[.ownerGroup].map { SnapshotValue.address($0.address) })
    let peers = Dictionary(grouping: state.mirror[.peer]) { $0["owner"] }
    for section in Rooms.kinds {
      var objects = state.mirror[section.kind]
      // Peers stand below their group, where that is shown.
      if section.kind == .peer { objects.removeAll { $0["owner"].map(groups.contains) ?? false } }
      // Of a whole state destroyed pagemaps are only counted.
      let all = objects.count
      if state.history == nil { objects.removeAll { $0.state == "destroyed" } }
      guard all > 0 else { continue }
      page.heading(section.title)
      for object in objects {
        self.object(object, indent: 2, time, &page)
        guard object.kind == .ownerGroup else { continue }
        for peer in peers[.address(object.address)] ?? [] {
          self.object(peer, indent: 4, time, &page)
        }
      }
      if objects.count < all {
        let count = Format.count(UInt64(all - objects.count))
        page.line([Span("\(count) destroyed, shown by --object", .faint)], indent: 2)
      }
    }
  }

  private static func object(
    _ object: ObjectSnapshot, indent: Int, _ time: TimeFormat, _ page: inout TextPage
  ) {
    var words: [String] = []
    if let state = object.state { words.append(state) }
    if let epoch = object.epoch { words.append("epoch \(epoch)") }
    var paragraphs: [(label: String, text: String)] = []
    for property in object.properties {
      guard let value = property.value else { continue }
      if let text = value.paragraph(time) {
        paragraphs += text.enumerated().map { ($0.offset == 0 ? property.label : "", $0.element) }
      } else if let text = value.words(property.label, time) {
        words.append(text)
      }
    }
    page.hanging(
      [Span(object.name, .strong), "  "], Span(words.joined(separator: ", ")), indent: indent)
    for paragraph in paragraphs {
      let label = paragraph.label.isEmpty ? "  " : paragraph.label + ": "
      page.hanging([Span(label, .faint)], Span(paragraph.text), indent: indent + 4)
    }
  }

  // MARK: History

  static func history(_ history: ObjectHistory, _ time: TimeFormat, _ page: inout TextPage) {
    page.heading("Lives of \(Format.address(history.address))")
    if history.earlierLives > 0 {
      page.line(
        [Span("\(Format.count(history.earlierLives)) earlier ones left out", .faint)], indent: 2)
    }
    for life in history.lives {
      let epoch = life.epoch.map { ", epoch \($0)" } ?? ""
      let until = life.ended.map { " to \(time.moment($0.moment.time)) (event \($0.sequence))" }
      let state = life.state.map { ", \(until == nil ? "" : "last ")\($0)" } ?? ""
      page.line(
        [
          Span("\(life.kind.rawValue)", .strong),
          Span("\(epoch), from \(time.stamp(life.began.moment.time)) "),
          Span("(event \(life.began.sequence))\(until ?? ", lives")\(state)"),
        ], indent: 2)
    }
    page.heading("History")
    if history.earlierSteps > 0 {
      page.line(
        [Span("\(Format.count(history.earlierSteps, "earlier event")) left out", .faint)], indent: 2
      )
    }
    for step in history.steps { page.line(spans(of: step, time), indent: 2) }
  }
}

extension ObjectSnapshot {
  /// What names it at the start of its paragraph.
  var name: String {
    guard kind.isOfTasks else { return Format.address(address) }
    let key = Int64(bitPattern: address)
    guard key > 0 else { return "idle task of CPU \(-1 - key)" }
    if case .calls(let calls)? = self["calls"], let call = calls.first {
      return call.entry.moment.taskLabel
    }
    return "task \(key)"
  }
}

extension SnapshotValue {
  /// The value with its label, for the middle of a sentence; nil where it goes without saying.
  func words(_ label: String, _ time: TimeFormat) -> String? {
    if case .flag(let flag) = self { return flag ? label : nil }
    if case .addresses(let addresses) = self, addresses.isEmpty { return nil }
    return "\(label) \(text(time))"
  }

  /// The value for people.
  func text(_ time: TimeFormat) -> String {
    switch self {
    case .count(let count): "\(count)"
    case .flag(let flag): flag ? "yes" : "no"
    case .word(let word): word
    case .address(let address): Format.address(address)
    case .time(let stamp): time.moment(stamp)
    case .bytes(let bytes): Format.bytes(bytes)
    case .range(let start, let end):
      "\(Format.address(start))-\(Format.address(end)) (\(Format.bytes(end &- start)))"
    case .note(let note): note.evidence().short(time)
    case .event(let event): event.short(time)
    case .ledger(let ledger): "\(ledger.references)"
    case .addresses(let addresses):
      addresses.isEmpty ? "none" : addresses.map(Format.address).joined(separator: " ")
    case .calls(let calls): calls.map(\.function).joined(separator: " > ")
    }
  }

  /// The lines of a value that has lines of its own; nil for one that goes into a sentence.
  func paragraph(_ time: TimeFormat) -> [String]? {
    switch self {
    case .note(let note): [note.evidence().short(time)]
    case .event(let event): [event.short(time)]
    case .ledger(let ledger): ledger.lines(time)
    case .calls(let calls):
      calls.map { call in
        "\(call.function)\(call.object.map { " of \(Format.address($0))" } ?? "") since "
          + "\(time.moment(call.entry.moment.time)) (event \(call.entry.sequence))"
      }
    default: nil
    }
  }
}

extension ReferenceLedger {
  /// The ledger in lines: the sum, and who the holders are.
  fileprivate func lines(_ time: TimeFormat) -> [String] {
    let sum = sentence(time)
    let head = sum.hasPrefix("refs: ") ? String(sum.dropFirst(6)) : sum
    return [head + "; sampled at \(sampledAt.sentence(time))"]
      + holders.filter { !$0.addresses.isEmpty }.map { holder in
        let further = holder.count &- Int64(holder.addresses.count)
        return "\(holder.kind): \(holder.addresses.map(Format.address).joined(separator: " "))"
          + (further > 0 ? " and \(further) more" : "")
      }
  }
}

extension Evidence {
  /// `19.051022 s, event 57 drm_pagemap_put, CPU 0, pmtest-114`.
  func short(_ time: TimeFormat) -> String {
    "\(time.moment(moment.time)), event \(sequence) \(event), CPU \(moment.cpu), \(moment.taskLabel)"
  }
}
