import PagemapEvents
import PagemapModel

/// Follows the lives of objects from event to event. It keeps those that last.
struct LifeTracker {
  /// The lives that last, by address: as a rule one.
  private var known: [UInt64: [RecordedLife]] = [:]
  private var touched: Set<UInt64> = []

  /// An event is about to be taken in: afterwards it is too late to see whom it ends.
  mutating func willTake(_ event: borrowing PagemapEvent, _ mirror: borrowing KernelMirror) {
    touched.removeAll(keepingCapacity: true)
    mirror.addLives(touchedBy: event, to: &touched)
  }

  /// An event was taken in.
  ///
  /// - Returns: the lives that it ended, by kind and address.
  mutating func didTake(
    _ event: borrowing PagemapEvent, _ mirror: borrowing KernelMirror
  ) -> [RecordedLife] {
    mirror.addLives(touchedBy: event, to: &touched)
    let place = RecordedLife.Place(time: event.timestamp, sequence: event.sequence)
    var ended: [RecordedLife] = []
    for address in touched {
      let old = known[address]
      var lasting: [RecordedLife] = []
      for kind in KernelMirror.kindsWithLives {
        let now = mirror.life(of: kind, at: address)
        let before = old?.first { $0.life.kind == kind }
        if now == nil, before == nil { continue }
        if let life = update(before, now, place, &ended) { lasting.append(life) }
      }
      if old != nil || !lasting.isEmpty { known[address] = lasting.isEmpty ? nil : lasting }
    }
    return ended.count > 1 ? ended.sorted(by: Self.isBefore) : ended
  }

  /// What is to be kept of a life that was known as `old` and is `now`.
  private func update(
    _ old: RecordedLife?, _ now: ObjectLife?, _ place: RecordedLife.Place,
    _ ended: inout [RecordedLife]
  ) -> RecordedLife? {
    if var old {
      if let now, now.serial == old.life.serial {
        old.life = now
        guard now.isOver else { return old }
      }
      old.end = place
      ended.append(old)
      if now?.serial == old.life.serial { return nil }
    }
    guard let now, !now.isOver else { return nil }
    return RecordedLife(life: now, begin: place)
  }

  /// The lives that no event was seen to end, as they stand in the model. Those that it has
  /// forgotten are over.
  func open(in mirror: KernelMirror) -> [RecordedLife] {
    known.values.joined().map { known in
      var known = known
      let now = mirror.life(of: known.life.kind, at: known.life.address)
      if let now, now.serial == known.life.serial {
        known.life = now
      } else {
        known.life.isOver = true
      }
      return known
    }.sorted(by: Self.isBefore)
  }

  private static func isBefore(_ one: RecordedLife, _ other: RecordedLife) -> Bool {
    let kinds = (one.life.kind.rawValue, other.life.kind.rawValue)
    if kinds.0 != kinds.1 { return kinds.0 < kinds.1 }
    if one.life.address != other.life.address { return one.life.address < other.life.address }
    return one.begin.sequence < other.begin.sequence
  }
}
