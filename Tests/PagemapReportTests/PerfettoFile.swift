/// A Perfetto trace read back: its tracks and its events.
struct PerfettoFile {
  struct Track {
    var name: String
    var parent: UInt64?
    var unit: UInt64?
    var description: String?
  }

  struct Event {
    enum Kind: UInt64 { case begin = 1, end, instant, count }
    var kind: Kind
    var time: UInt64
    var track: UInt64
    var name: String?
    var category: String?
    var value: Int64?
    var notes: [(name: String, value: String)]
    var flows: [UInt64]
    var ending: [UInt64]
  }

  var clock: UInt64
  var tracks: [UInt64: Track] = [:]
  var order: [UInt64] = []
  var events: [Event] = []

  /// The file that these bytes are; nil where they are none.
  init?(_ bytes: [UInt8]) {
    guard let file = ProtoMessage(bytes) else { return nil }
    let packets = file.messages(1)
    guard packets.count == file.fields.count, let first = packets.first,
      let clock = first.messages(6).first?.number(2)
    else { return nil }
    self.clock = clock
    for packet in packets.dropFirst() {
      if let track = packet.messages(60).first {
        guard let uuid = track.number(1), let name = track.text(2) else { return nil }
        order.append(uuid)
        tracks[uuid] = Track(
          name: name, parent: track.number(5), unit: track.messages(8).first?.number(3),
          description: track.text(14))
      } else {
        guard let time = packet.number(8), packet.number(58) == clock,
          let event = packet.messages(11).first, let track = event.number(11),
          let kind = event.number(9).flatMap(Event.Kind.init)
        else { return nil }
        events.append(
          Event(
            kind: kind, time: time, track: track, name: event.text(23), category: event.text(22),
            value: event.number(30).map { Int64(bitPattern: $0) },
            notes: event.messages(4).map { ($0.text(10) ?? "?", Self.value(of: $0)) },
            flows: event.numbers(47), ending: event.numbers(48)))
      }
    }
  }

  private static func value(of note: ProtoMessage) -> String {
    if let text = note.text(6) { return text }
    if let address = note.number(7) { return "0x" + String(address, radix: 16) }
    if let number = note.number(3) { return String(number) }
    if let number = note.number(4) { return String(Int64(bitPattern: number)) }
    if let flag = note.number(2) { return flag == 1 ? "yes" : "no" }
    return note.messages(12).map { "\n      " + ($0.text(6) ?? "?") }.joined()
  }

  /// The name of a track with those of its parents.
  func path(of uuid: UInt64) -> String {
    guard let track = tracks[uuid] else { return "?" }
    return (track.parent.map { path(of: $0) + " / " } ?? "") + track.name
  }

  /// The file as lines for people.
  var text: String {
    var lines = ["clock \(clock)"]
    for uuid in order {
      lines.append("track \(path(of: uuid))" + (tracks[uuid]?.description.map { ": \($0)" } ?? ""))
    }
    for event in events {
      var line = "\(event.time) \(event.kind) on \(path(of: event.track))"
      if let name = event.name { line += ": \(name)" }
      if let value = event.value { line += " = \(value)" }
      if !event.flows.isEmpty { line += " flows \(event.flows)" }
      if !event.ending.isEmpty { line += " ends \(event.ending)" }
      lines.append(line)
      for note in event.notes { lines.append("    \(note.name): \(note.value)") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What is wrong with it; empty where it keeps the format's rules.
  var faults: [String] {
    var faults: [String] = []
    var open: [UInt64: Int] = [:]
    var flows: [UInt64: (through: Int, ended: Int)] = [:]
    if events.map(\.time) != events.map(\.time).sorted() { faults.append("not sorted") }
    for event in events {
      if tracks[event.track] == nil { faults.append("\(event.time): no track \(event.track)") }
      switch event.kind {
      case .begin: open[event.track, default: 0] += 1
      case .end: open[event.track, default: 0] -= 1
      case .instant, .count: break
      }
      if ![0, 1].contains(open[event.track] ?? 0) {
        faults.append("\(event.time): nesting of \(path(of: event.track))")
      }
      for flow in event.flows { flows[flow, default: (0, 0)].through += 1 }
      for flow in event.ending { flows[flow, default: (0, 0)].ended += 1 }
    }
    for (flow, ends) in flows where ends.through == 0 || ends.ended != 1 {
      faults.append("flow \(flow): \(ends)")
    }
    return faults
  }

  /// How many slices of a category begin.
  func slices(_ category: String) -> [Event] {
    events.filter { $0.kind == .begin && $0.category == category }
  }

  /// The moments of a category.
  func instants(_ category: String) -> [Event] {
    events.filter { $0.kind == .instant && $0.category == category }
  }
}
