import TraceDecode
package import TraceIngest

/// Keeps of a recording what the model takes: the pagemap events and the stacks that belong to them,
/// and the formats of all probes that tell which events could have been recorded.
package struct PagemapKeeper: RecordKeeper {
  package let selection: EventSelection
  private var decoder: EventDecoder
  private var event = PagemapEvent()
  /// Whether the records of a CPU come in the order of the merged trace, so that stacks can be joined
  /// to events here.
  private let joinsStacks: Bool
  private var ids: Set<UInt16> = []
  private var pids: Set<Int32> = []
  private var addresses: Set<UInt64> = []
  /// Where every record has its task's id.
  private let pid: FieldReader?

  /// Tasks and addresses beyond this number have no names.
  private static let nameLimit = 1 << 16

  /// What is kept of a trace that says this of itself.
  package init(metadata: TraceMetadata) {
    decoder = EventDecoder(metadata: metadata)
    selection = decoder.selection
    joinsStacks = metadata.buffers.count < 2
    pid = decoder.book.plans.lazy.compactMap(\.head.pid).first
  }

  package mutating func keeps(_ header: RecordHeader, _ bytes: RawSpan) -> Bool {
    guard let plan = decoder.plan(of: header.eventID) else {
      // Nobody knows what it is: the smaller recording must not hide that.
      return selection.isFormatless(header.eventID)
    }
    guard joinsStacks else { return true }
    let unusable = decoder.undecodable
    let isDecoded = decoder.decode(header, bytes, into: &event)
    // What is shorter than its format says is told in the report.
    return isDecoded || plan.kind != .kernelStack || decoder.undecodable > unusable
  }

  package mutating func note(_ header: RecordHeader, _ bytes: RawSpan) {
    ids.insert(header.eventID)
    let start = Int(header.payloadOffset)
    let length = Int(header.payloadLength)
    if let task = pid?.read(bytes, at: start, length: length), pids.count < Self.nameLimit {
      pids.insert(Int32(truncatingIfNeeded: task))
    }
    guard addresses.count < Self.nameLimit, let plan = decoder.plan(of: header.eventID) else {
      return
    }
    for reader in [plan.head.function, plan.head.caller] {
      if let address = reader?.read(bytes, at: start, length: length) { addresses.insert(address) }
    }
    var frames: [UInt64] = []
    _ = plan.addresses?.read(bytes, at: start, length: length, limit: length, into: &frames)
    addresses.formUnion(frames)
  }

  package func keepsFormat(_ format: EventFormatText) -> Bool {
    if EventTables.systems.contains(format.system) { return true }
    do throws(FormatError) {
      let (name, id) = try FormatGrammar.scan(format.text)
      return ids.contains(id) || EventName(name, system: format.system) != nil
    } catch {
      return false
    }
  }

  package func keepsLines(of name: String) -> Bool {
    EventName(name) != nil || EventTables.prefixes.contains(where: name.hasPrefix)
  }

  package var tasks: [Int32] { pids.sorted() }

  package var needsSymbols: Bool { !addresses.isEmpty }

  package func symbols(of text: [UInt8]) -> [UInt8] {
    Symbols(kallsyms: text).excerpt(for: addresses)
  }
}
