import TraceDecode
package import TraceIngest

/// Turns records into `PagemapEvent`s: binary ones by the formats of their trace, text ones by the
/// names in their lines.
///
/// All that can be worked out beforehand is: which events are wanted, where their fields are, what
/// is made of them. A record then costs a few loads and stores.
///
/// A trace with several buffers may hold one occurrence several times, once per buffer. An event
/// whose payload equals, byte by byte, that of the event before it on its CPU, and that comes from
/// another buffer, is the same occurrence: it is counted in `duplicates` and not decoded again.
package struct EventDecoder: Sendable {
  /// The device names that events refer to.
  package internal(set) var names = Names()
  /// Records of known events that were too short for their format, or unreadable text.
  package internal(set) var undecodable: UInt64 = 0
  /// Values of text records that are no numbers, though their fields are: hashed or hidden ones.
  package internal(set) var unreadableValues: UInt64 = 0
  /// The first of them, with its field, as the text has it.
  package internal(set) var unreadableExample: String?
  /// Records left out because another buffer held them, too.
  package internal(set) var duplicates: UInt64 = 0
  /// Stacks left out because they are not those of a known event.
  package internal(set) var strayStacks: UInt64 = 0

  var book: PlanBook
  /// For every `common_type` the plan's index, or `noPlan`.
  private var planOfID: [UInt16]
  private var fixed = ProbeInventory()
  /// The ids that formats of the trace have, and the highest of ftrace's own, which no probe has.
  private var knownIDs: Set<UInt16> = []
  private var highestOwnID: UInt16 = 0
  private var latest: LatestPayloads?
  private var stackOwners: StackOwners?
  /// Events decoded, where stacks are to be joined to them.
  private var handedOut: UInt64 = 0
  let textNames: TextEventNames?
  /// Whether the trace is a file, which has the formats of all that it holds.
  private let isFile: Bool
  var textPlans: [TextPlans] = []
  var textValues = TextValues()
  /// The lowest value of a pointer that stands for an error (`ERR_PTR`).
  let errors: UInt64

  private static let noPlan = UInt16.max

  /// Works out how the events of this trace are decoded.
  package init(metadata: TraceMetadata) {
    book = PlanBook(isBigEndian: metadata.isBigEndian, longSize: metadata.longSize)
    planOfID = [UInt16](repeating: Self.noPlan, count: 65_536)
    errors = metadata.longSize == 4 ? 0xffff_f001 : 0xffff_ffff_ffff_f001
    latest = metadata.buffers.count > 1 ? LatestPayloads() : nil
    textNames = metadata.container == .text ? TextEventNames() : nil
    if case .traceDat = metadata.container { isFile = true } else { isFile = false }
    fixed.isComplete = metadata.container != .text
    addFormats(of: metadata)
    if book.plans.contains(where: { $0.kind == .kernelStack }) { stackOwners = StackOwners() }
  }

  /// The plan for records of this type; nil where nobody wants them.
  func plan(of id: UInt16) -> EventPlan? {
    let index = Int(planOfID[Int(id)])
    return index < book.plans.count ? book.plans[index] : nil
  }

  /// What the reader is to hand on.
  package var selection: EventSelection {
    let ids = (0...UInt16.max).filter { planOfID[Int($0)] != Self.noPlan }
    guard let textNames else {
      return isFile
        ? EventSelection(ids: ids).countingFormatless(above: highestOwnID, known: knownIDs)
        : EventSelection(ids: ids)
    }
    return EventSelection(ids: ids, idOfName: { textNames.id(of: $0) })
  }

  /// Which probes the trace holds, with the events decoded so far; for text those that fired.
  package var inventory: ProbeInventory {
    var inventory = fixed
    if let textNames { inventory.unknown += textNames.unknown }
    // Every trace.dat has the format of stacks.
    for plan in book.plans
    where plan.count > 0 || fixed.isComplete && plan.kind != .kernelStack {
      let bits = fixed.isComplete ? plan.fields : plan.seen
      inventory.present.append(
        ProbeInventory.Probe(
          name: plan.name, kind: plan.kind,
          fields: PagemapEvent.Field.allCases.filter { bits & (1 << UInt64($0.rawValue)) != 0 },
          count: plan.count))
    }
    inventory.present.sort { ($0.kind.index, $0.name) < ($1.kind.index, $1.name) }
    inventory.unknown.sort()
    return inventory
  }
}

// MARK: - Formats

extension EventDecoder {
  /// Formats of events that no table knows are looked at no further than their names.
  private mutating func addFormats(of metadata: TraceMetadata) {
    let handle = TraceEventHandle(longSize: metadata.longSize, isBigEndian: metadata.isBigEndian)
    guard let handle else { return }
    for format in metadata.formats {
      let isOurs = EventTables.systems.contains(format.system)
      do throws(FormatError) {
        let (name, id) = try FormatGrammar.scan(format.text)
        knownIDs.insert(id)
        if format.system == "ftrace" { highestOwnID = max(highestOwnID, id) }
        guard planOfID[Int(id)] == Self.noPlan else { continue }
        guard let known = EventName(name, system: format.system) else {
          if isOurs { fixed.unknown.append("\(format.system):\(name)") }
          continue
        }
        do throws(FormatError) {
          let parsed = try handle.parse(format)
          let isStack = known.tracepoint.map { EventTables.rows[$0].kind } == .kernelStack
          if isStack, format.system != "ftrace" { continue }
          if let row = known.row(for: parsed) {
            planOfID[Int(id)] = UInt16(truncatingIfNeeded: book.add(row, format: parsed))
          } else if isOurs {
            fixed.unknown.append("\(format.system):\(name)")
          }
        } catch {
          reject("\(format.system):\(name)", error)
        }
      } catch {
        if isOurs { reject("\(format.system):?", error) }
      }
    }
  }

  private mutating func reject(_ name: String, _ error: FormatError) {
    fixed.rejected.append(.init(name: name, reason: error.description))
  }
}

extension EventName {
  /// The row for an event with this format: a probe's own fields tell where in the function it is,
  /// unless its name says so.
  fileprivate func row(for format: EventFormat) -> EventRow? {
    let isReturn = format[field: "__probe_func"] != nil
    let isEntry = format[field: "__probe_ip"] != nil
    let index =
      if !isReturn, !isEntry {
        tracepoint
      } else if spelledPhase ?? (isReturn ? .return : .entry)
        == .return
      { self.return } else { entry }
    return index.map { EventTables.rows[$0] }
  }
}

// MARK: - Records

extension EventDecoder {
  /// Decodes a record into `event`, all but its `sequence`.
  ///
  /// - Parameters:
  ///   - header: the record.
  ///   - bytes: the bytes of the batch that the record is in.
  /// - Returns: false where the record is none of the pagemap events, is too short for its format
  ///   (`undecodable`), or repeats an occurrence that another buffer held (`duplicates`).
  package mutating func decode(
    _ header: RecordHeader, _ bytes: RawSpan, into event: inout PagemapEvent
  ) -> Bool {
    switch header.kind {
    case .binary: decodeBinary(header, bytes, into: &event)
    case .text: decodeText(header, bytes, into: &event)
    case .lostEvents, .damage: false
    }
  }

  private mutating func decodeBinary(
    _ header: RecordHeader, _ bytes: RawSpan, into event: inout PagemapEvent
  ) -> Bool {
    let index = Int(planOfID[Int(header.eventID)])
    guard index < book.plans.count else { return false }
    let start = Int(header.payloadOffset)
    let length = Int(header.payloadLength)
    let head = book.plans[index].head
    guard length >= head.minimumLength, length + RecordBatch.slack <= bytes.byteCount - start
    else {
      undecodable &+= 1
      return false
    }
    if latest != nil, isDuplicate(header, bytes) { return false }
    event.clear()
    event.kind = head.kind
    event.timestamp = header.timestamp
    event.cpu = header.cpu
    event.pid =
      head.pid.map { Int32(truncatingIfNeeded: $0.read(unchecked: bytes, at: start)) } ?? 0
    event.context = head.context(of: bytes, at: start)
    event.function = head.function?.read(unchecked: bytes, at: start) ?? 0
    event.caller = head.caller?.read(unchecked: bytes, at: start) ?? 0
    if stackOwners != nil {
      if head.kind == .kernelStack {
        guard readStack(bytes, at: start, length: length, index, into: &event) else { return false }
      } else {
        stackOwners?[header.cpu] = StackOwner(
          function: event.function, caller: event.caller, pid: event.pid, kind: head.kind,
          sequence: handedOut)
      }
      handedOut &+= 1
    }
    follow(head.steps, bytes, at: start, length: length, into: &event)
    book.plans[index].count &+= 1
    return true
  }

  /// Follows the steps of a plan. In a function of its own, so that they are inlined.
  @inline(never)
  private mutating func follow(
    _ steps: Range<Int>, _ bytes: RawSpan, at start: Int, length: Int,
    into event: inout PagemapEvent
  ) {
    for place in steps {
      let step = book.steps[place]
      if step.operation == .name {
        readName(step, bytes, at: start, length: length, into: &event)
      } else {
        let raw = step.reader.read(unchecked: bytes, at: start)
        step.apply(raw, to: &event, errors: errors)
      }
    }
  }

  /// Reads a stack and joins it to the latest event of its CPU.
  private mutating func readStack(
    _ bytes: RawSpan, at start: Int, length: Int, _ plan: Int, into event: inout PagemapEvent
  ) -> Bool {
    event.stack.addresses.removeAll(keepingCapacity: true)
    let isWhole =
      book.plans[plan].addresses?.read(
        bytes, at: start, length: length, limit: CallStack.limit, into: &event.stack.addresses)
      ?? false
    guard isWhole, let owner = stackOwners?[event.cpu], owner.pid == event.pid,
      event.stack.startAt(function: owner.function, caller: owner.caller)
    else {
      strayStacks &+= 1
      return false
    }
    event.function = owner.function
    event.caller = owner.caller
    event.stack.owner = owner.sequence
    event.stack.ownerKind = owner.kind
    // One event has one stack.
    stackOwners?[event.cpu] = StackOwner()
    return true
  }

  private mutating func readName(
    _ step: PlanStep, _ bytes: RawSpan, at start: Int, length: Int,
    into event: inout PagemapEvent
  ) {
    let text = book.texts[Int(step.operand)]
    guard let range = text.range(in: bytes, at: start, length: length) else { return }
    setName(step, bytes, range, in: &event)
  }

  /// Interns a device's name, unless the device it was read through is none.
  mutating func setName(
    _ step: PlanStep, _ bytes: RawSpan, _ range: Range<Int>, in event: inout PagemapEvent
  ) {
    if let parent = step.parent {
      guard let pointer = event[parent], pointer != 0, pointer < errors else { return }
    }
    guard !range.isEmpty else { return }
    event[step.field] = names.intern(bytes.extracting(range))
  }

  private mutating func isDuplicate(_ header: RecordHeader, _ bytes: RawSpan) -> Bool {
    guard latest?.isRepeated(header, bytes) == true else { return false }
    duplicates &+= 1
    return true
  }
}
