import GRDB
import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceIngest

/// Writes rows while a trace is analysed. What goes wrong with the database ends the analysis and
/// is kept in `failure`.
struct RowObserver: TraceObserver {
  var writer: RowWriter
  private(set) var failure: (any Error)?
  private var pids: Set<Int32> = []
  private var lifeCount: Int64 = 0
  private var callCount: Int64 = 0
  /// What was written of each pagemap last.
  private var shown: [UInt64: Shown] = [:]
  /// The last memory row, which several steps of one event share.
  private var memory: (sequence: UInt64, time: UInt64, bytes: UInt64)?

  private struct Shown: Equatable {
    var serial: UInt64
    var state: Pagemap.State
  }

  init(_ writer: RowWriter) { self.writer = writer }

  mutating func take(_ event: borrowing PagemapEvent, _ step: TraceStep) -> Bool {
    do {
      try addEvent(event, step.names)
      for activity in step.activities { try add(activity, event.sequence, step.names) }
      try flushMemory()
      for life in step.endedLives { try add(life, step.names) }
    } catch {
      failure = error
      return false
    }
    return true
  }

  // MARK: Events

  private mutating func addEvent(_ event: borrowing PagemapEvent, _ names: Names) throws {
    pids.insert(event.pid)
    try writer.add(
      DatabaseSchema.events,
      [.number(event.sequence), .number(event.timestamp), .number(event.cpu), .number(event.pid)]
        + Self.origins[event.kind.index])
    var rest = event.present
    while rest != 0 {
      let bit = UInt8(truncatingIfNeeded: rest.trailingZeroBitCount)
      rest &= rest - 1
      guard let field = PagemapEvent.Field(rawValue: bit), let value = event[field] else {
        continue
      }
      var columns: [DatabaseValue] = [.null, .null, .null]
      switch field.style {
      case .hexadecimal: columns[0] = .address(value)
      case .signed:
        // A returned pointer is an address; what the kernel returns as an error is -4095 or more.
        let number = Int64(bitPattern: value)
        let isPointer = field == .result && number < -4095
        columns[isPointer ? 0 : 1] = isPointer ? .address(value) : number.databaseValue
      case .unsigned: columns[1] = .number(value)
      case .name: columns[2] = .text(names[value] ?? "?")
      }
      try writer.add(
        DatabaseSchema.eventFields,
        [.number(event.sequence), Self.fieldNames[Int(bit)]] + columns)
    }
  }

  /// The function and the phase of every kind of event, by its place: making names anew for each
  /// event takes longer than to write it.
  private static let origins = PagemapEvent.Kind.allCases.map { kind in
    [kind.origin.function.databaseValue, "\(kind.origin.phase)".databaseValue]
  }

  /// The names of fields by their raw values, which an event's fields must not share: `vma` is the
  /// kernel's, `xe_vma` xe's.
  private static let fieldNames = PagemapEvent.Field.allCases.map { field in
    (field == .xeVma ? "xe_vma" : field.label).databaseValue
  }

  // MARK: Activities

  private mutating func add(_ activity: Activity, _ sequence: UInt64, _ names: Names) throws {
    switch activity {
    case .call(let call): try add(call, names)
    case .pagemap(let change): try add(change, names)
    case .memory(let time, let bytes):
      // Of several changes by one event the last counts.
      memory = (sequence, time, bytes)
    }
  }

  private mutating func flushMemory() throws {
    guard let step = memory else { return }
    memory = nil
    try writer.add(
      DatabaseSchema.memory, [.number(step.sequence), .number(step.time), .number(step.bytes)])
  }

  private mutating func add(_ change: PagemapActivity, _ names: Names) throws {
    let place: [DatabaseValue] = [
      .number(change.sequence), .address(change.address), .number(change.epoch),
      .number(change.time), .number(change.pid),
    ]
    let now = Shown(serial: change.serial, state: change.state)
    if shown[change.address] != now {
      shown[change.address] = now
      try writer.add(
        DatabaseSchema.pagemapStates,
        place + [
          "\(change.state)".databaseValue, .flag(change.isAdopted), .address(orNull: change.drm),
          .text(change.device.flatMap { names[$0] }),
        ])
    }
    guard let references = change.references else { return }
    try writer.add(
      DatabaseSchema.pagemapReferences,
      place + [references.databaseValue, change.explained.databaseValue])
  }

  private mutating func add(_ call: CallActivity, _ names: Names) throws {
    pids.insert(call.pid)
    callCount += 1
    let duration = call.end >= call.start ? call.end - call.start : 0
    let errno = call.result == .min ? Int64.max : -call.result
    try writer.add(
      DatabaseSchema.migrations,
      [
        callCount.databaseValue, call.direction.rawValue.databaseValue, .number(call.start),
        .number(call.end), .number(duration), call.result.databaseValue,
        call.result < 0 ? Errno.name(errno).databaseValue : .null, .number(call.pages),
        .number(Self.bytes(call.pages)), .number(call.cpu), .number(call.pid),
        .text(call.device.flatMap { names[$0] }), .address(orNull: call.pagemap),
        .address(orNull: call.allocation),
        call.allocationSerial == 0 ? .null : .number(call.allocationSerial),
        .address(orNull: call.rangeStart),
        call.rangeStart == 0 ? .null : .address(orNull: call.rangeEnd), .address(orNull: call.mm),
        .number(call.sequence),
      ])
  }

  private mutating func addOpen(_ span: Timeline.Span) throws {
    pids.insert(span.pid)
    callCount += 1
    try writer.add(
      DatabaseSchema.migrations,
      [
        callCount.databaseValue, span.direction.rawValue.databaseValue, .number(span.start),
        .null, .null, .null, .null, .number(span.pages), .number(Self.bytes(span.pages)),
        .number(span.cpu), .number(span.pid), .text(span.device), .address(orNull: span.pagemap),
        .address(orNull: span.allocation),
        span.allocationSerial == 0 ? .null : .number(span.allocationSerial),
        .address(orNull: span.rangeStart),
        span.rangeStart == 0 ? .null : .address(orNull: span.rangeEnd), .address(orNull: span.mm),
        .null,
      ])
  }

  private static func bytes(_ pages: UInt64) -> UInt64 {
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: 4096)
    return overflow ? .max : bytes
  }

  // MARK: Lives

  private mutating func add(_ recorded: RecordedLife, _ names: Names) throws {
    lifeCount += 1
    let life = recorded.life
    try writer.add(
      DatabaseSchema.lives,
      [
        lifeCount.databaseValue, life.kind.rawValue.databaseValue, .address(life.address),
        life.epoch.map { .number($0) } ?? .null, .text(life.device.flatMap { names[$0] }),
        .number(recorded.begin.time), .number(recorded.begin.sequence), .flag(life.isAdopted),
        .flag(recorded.end != nil || life.isOver), .number(recorded.end?.time),
        .number(recorded.end?.sequence), .text(life.state), .text(life.role),
      ])
  }

  // MARK: The end

  /// Writes what is known at the end of the trace.
  mutating func finish(_ remainder: TraceRemainder, _ analysis: TraceAnalysis) throws {
    if let failure { throw failure }
    for life in remainder.openLives { try add(life, remainder.names) }
    for call in remainder.openCalls { try addOpen(call) }
    for pid in pids.sorted() {
      try writer.add(DatabaseSchema.tasks, [.number(pid), .text(remainder.tasks[pid])])
    }
    try writer.add(analysis)
    try writer.commit()
  }
}
