/// Device pages whose content has moved and that were not freed since, by page-frame number, each
/// with the event that moved it.
///
/// Pages that one event moved share its note. A page leaves when its folio is freed, so there are
/// few; where frees are not recorded the table is emptied whenever it is full, and what it knew is
/// not judged.
struct MoveTable: Sendable {
  private var places = PackedIndex()
  private var notes: [(note: EventNote, users: UInt32)] = []
  private var unused: [UInt32] = []

  private static let limit = 1 << 17

  /// Whether it knows no page.
  var isEmpty: Bool { places.count == 0 }
  /// Bytes that it takes.
  var memory: Int {
    places.memory + notes.capacity * MemoryLayout<(EventNote, UInt32)>.stride
      + unused.capacity * MemoryLayout<UInt32>.stride
  }

  /// The event that moved a page; nil where none did.
  subscript(pfn: UInt64) -> EventNote? {
    let number = places[pfn]
    return number == PackedIndex.absent ? nil : notes[Int(number)].note
  }

  /// Keeps a note for the pages that are about to be given to `move`. Answers its number.
  mutating func keep(_ note: EventNote) -> UInt32 {
    if places.count >= Self.limit { self = MoveTable() }
    if let number = unused.popLast() {
      notes[Int(number)] = (note, 0)
      return number
    }
    notes.append((note, 0))
    return UInt32(truncatingIfNeeded: notes.count - 1)
  }

  /// Notes that a page moved. Answers the note of the move before; nil where there was none.
  mutating func move(_ pfn: UInt64, _ number: UInt32) -> EventNote? {
    notes[Int(number)].users += 1
    let before = places.set(pfn, to: number)
    guard before != PackedIndex.absent else { return nil }
    defer { release(before) }
    return notes[Int(before)].note
  }

  /// Forgets the moves of some pages.
  mutating func forget(_ pfn: UInt64, count: UInt64) {
    for offset in 0..<count {
      let number = places.remove(pfn &+ offset)
      if number != PackedIndex.absent { release(number) }
    }
  }

  private mutating func release(_ number: UInt32) {
    notes[Int(number)].users -= 1
    if notes[Int(number)].users == 0 { unused.append(number) }
  }
}
