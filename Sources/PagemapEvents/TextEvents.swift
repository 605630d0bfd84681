import Synchronization
import TraceDecode
import TraceIngest

/// The plans of one event name of a text trace: which one a line needs, its payload tells.
struct TextPlans: BitwiseCopyable, Sendable {
  var entry: Int?
  var `return`: Int?
  var tracepoint: Int?
  /// What the name's spelling says of the phase.
  var spelledReturn: Bool?
}

/// The event names that a text reader met, in the order it met them; an id is a place in it.
final class TextEventNames: Sendable {
  private struct State {
    var known: [(recorded: String, name: EventName)] = []
    var unknown: [String] = []
  }

  private let state = Mutex(State())

  /// Names beyond this number of unknown ones are not kept.
  private static let limit = 256

  /// The id for a recorded name; nil where no table knows it.
  func id(of recorded: String) -> UInt16? {
    let name = EventName(recorded)
    return state.withLock { state in
      guard let name, state.known.count < 65_535 else {
        if name == nil, state.unknown.count < Self.limit,
          EventTables.prefixes.contains(where: recorded.hasPrefix),
          !state.unknown.contains(recorded)
        {
          state.unknown.append(recorded)
        }
        return nil
      }
      if let place = state.known.firstIndex(where: { $0.recorded == recorded }) {
        return UInt16(place)
      }
      state.known.append((recorded, name))
      return UInt16(state.known.count - 1)
    }
  }

  /// The name with this id.
  subscript(id: UInt16) -> (recorded: String, name: EventName)? {
    state.withLock { $0.known.count > Int(id) ? $0.known[Int(id)] : nil }
  }

  /// Names of pagemap functions that no table knows.
  var unknown: [String] { state.withLock { $0.unknown } }
}

extension EventDecoder {
  /// Decodes a text record: `(ip) key=value …` for probes, `key=value, …` for tracepoints.
  mutating func decodeText(
    _ header: RecordHeader, _ bytes: RawSpan, into event: inout PagemapEvent
  ) -> Bool {
    let start = Int(header.payloadOffset)
    let length = Int(header.payloadLength)
    guard start <= bytes.byteCount, length <= bytes.byteCount - start,
      let plans = textPlans(of: header.eventID)
    else { return false }
    var scanner = ValueScanner(bytes, start..<start + length)
    let probe = scanner.takeProbe(bytes)
    let index =
      switch probe {
      case nil: plans.tracepoint
      case .some(let isReturn): plans.spelledReturn ?? isReturn ? plans.return : plans.entry
      }
    guard let index else {
      if probe != nil { undecodable &+= 1 }
      return false
    }
    // A text's stacks are lines of their own, which the reader passes over.
    guard book.plans[index].kind != .kernelStack else { return false }
    event.clear()
    event.kind = book.plans[index].kind
    event.function = 0
    event.caller = 0
    event.timestamp = header.timestamp
    event.cpu = header.cpu
    event.pid = header.pid
    event.context =
      header.hasContext
      ? EventContext(flags: header.contextFlags, counts: header.contextCounts) : nil
    scanner.read(bytes, of: book.plans[index], in: book, into: &textValues)
    if let unreadable = scanner.unreadable { note(unreadable, scanner.unreadableCount, bytes) }
    applyValues(of: book.plans[index].head.steps, bytes, to: &event)
    book.plans[index].count &+= 1
    book.plans[index].seen |= event.present
    return true
  }

  private mutating func note(_ place: Range<Int>, _ count: UInt64, _ bytes: RawSpan) {
    unreadableValues &+= count
    guard unreadableExample == nil else { return }
    unreadableExample = bytes.extracting(place).withUnsafeBytes {
      String(decoding: $0.prefix(80), as: UTF8.self)
    }
  }

  /// Follows the steps whose values were in the line.
  private mutating func applyValues(
    of steps: Range<Int>, _ bytes: RawSpan, to event: inout PagemapEvent
  ) {
    var recorded: UInt64 = 0
    for place in steps where textValues[place - steps.lowerBound] != nil {
      recorded |= book.steps[place].fields
    }
    for place in steps {
      guard let raw = textValues[place - steps.lowerBound] else { continue }
      var step = book.steps[place]
      // A parent that was not recorded cannot tell garbage, but the one it was read through can.
      while let parent = step.parent, recorded & (1 << UInt64(parent.rawValue)) == 0 {
        step.parent = book.parent(of: parent, in: steps)
      }
      if step.operation == .name {
        let start = Int(raw >> 32)
        setName(step, bytes, start..<start + Int(raw & 0xffff_ffff), in: &event)
      } else {
        step.apply(raw, to: &event, errors: errors)
      }
    }
  }

  private mutating func textPlans(of id: UInt16) -> TextPlans? {
    while textPlans.count <= Int(id) {
      guard let known = textNames?[UInt16(textPlans.count)] else { return nil }
      func add(_ row: Int?, _ book: inout PlanBook) -> Int? {
        row.flatMap { book.add(EventTables.rows[$0], textName: known.recorded) }
      }
      textPlans.append(
        TextPlans(
          entry: add(known.name.entry, &book), return: add(known.name.return, &book),
          tracepoint: add(known.name.tracepoint, &book),
          spelledReturn: known.name.spelledPhase.map { $0 == .return }))
    }
    return textPlans[Int(id)]
  }
}

extension PlanBook {
  /// The field that a field of these steps is read through.
  fileprivate func parent(
    of field: PagemapEvent.Field, in steps: Range<Int>
  ) -> PagemapEvent.Field? {
    for place in steps where self.steps[place].field == field { return self.steps[place].parent }
    return nil
  }
}
