/// Counts what a text tells per CPU, and holds losses until the next record of their CPU comes.
struct TextLedger: Sendable {
  /// What was read and what is missing.
  var ledger = TraceLedger()
  /// Entries that the header says were written and are not in the text.
  private(set) var overwritten: UInt64 = 0
  /// Entries that the headers say the text holds.
  private var held: UInt64 = 0
  private var eventsRead: UInt64 = 0
  /// The stamp of the line before.
  private var previous: UInt64?
  /// Whether something could not be read since the last event, or none of what was read is sure.
  private var doubt = Doubt.none

  private var cpus: [CPUState] = []
  private var sawRecord = false

  private struct CPUState {
    var last: UInt64?
    var pending: Pending = .none
  }

  private enum Doubt {
    case none
    /// Between the last event and the next one.
    case here
    /// In all that was read and will be.
    case everywhere
  }

  /// A loss whose CPU has had no record since.
  private enum Pending {
    case none
    case counted(UInt64)
    case uncounted
  }

  /// Takes in what a header tells.
  mutating func take(_ header: TextHeader) {
    overwritten &+= header.overwritten
    held &+= header.held
  }

  /// Notes damage: events may be missing between the last event and the next one.
  mutating func add(_ damage: Damage) {
    ledger.add(damage)
    if case .none = doubt { doubt = .here }
  }

  /// The last event may have been read wrongly.
  mutating func doubtLast() {
    if case .none = doubt { doubt = .here }
  }

  /// Notes that events of a CPU are missing before its next record.
  mutating func lost(_ cpu: UInt32, _ count: UInt64?) {
    let index = index(of: cpu)
    switch (cpus[index].pending, count) {
    case (.none, let count?): cpus[index].pending = .counted(count)
    case (.counted(let before), let count?): cpus[index].pending = .counted(before &+ count)
    default: cpus[index].pending = .uncounted
    }
  }

  /// Notes that a CPU's older events were overwritten: where they were counted, the header did.
  mutating func bufferStarted(_ cpu: UInt32) {
    let index = index(of: cpu)
    if overwritten == 0, cpus[index].last == nil, case .none = cpus[index].pending {
      cpus[index].pending = .uncounted
    }
  }

  /// Counts a record, and puts a loss before it into the batch.
  ///
  /// The header's number of overwritten entries is not told per CPU: the first record's CPU gets
  /// the number, and every other CPU a gap of unknown size before its first record.
  mutating func count(_ event: TextEvent, at place: UInt64, into batch: inout RecordBatch) {
    let index = index(of: event.cpu)
    if let previous, event.timestamp < previous { noteStepBack(event, previous, place) }
    previous = event.timestamp
    flushDoubt(before: event.timestamp, into: &batch)
    if overwritten > 0, cpus[index].last == nil {
      lost(event.cpu, sawRecord ? nil : overwritten)
    }
    sawRecord = true
    flush(index, before: event.timestamp, into: &batch)
    cpus[index].last = event.timestamp
    update(event)
  }

  /// Puts the losses that no record followed into the batch.
  mutating func finish(at place: UInt64, into batch: inout RecordBatch) {
    if overwritten > 0, !sawRecord { lost(0, overwritten) }
    if eventsRead < held { noteMissing(place) }
    flushDoubt(before: nil, into: &batch)
    for index in cpus.indices { flush(index, before: nil, into: &batch) }
    ledger.cpus.removeAll { $0.eventsRead == 0 && !$0.isIncomplete }
  }

  /// A text's lines are in the order of time, as the kernel and trace-cmd print them: where they are not,
  /// several texts were put together, or lines moved, and any may be missing.
  private mutating func noteStepBack(_ event: TextEvent, _ previous: UInt64, _ place: UInt64) {
    ledger.add(
      Damage(
        kind: .lateRecords, offset: place, length: nil, cpu: event.cpu,
        message:
          "a stamp of \(previous) or later was expected, but this line's is \(event.timestamp): "
          + "the lines are not in the order of time"))
    doubt = .everywhere
  }

  private mutating func noteMissing(_ place: UInt64) {
    ledger.add(
      Damage(
        kind: .missingEvents, offset: place, length: nil,
        message: "\(held) events were expected, as the header says, but the text ends behind "
          + "\(eventsRead)"))
    doubt = .everywhere
  }

  private mutating func flushDoubt(before: UInt64?, into batch: inout RecordBatch) {
    let gap: LostEvents
    switch doubt {
    case .none: return
    case .here:
      gap = LostEvents(buffer: 0, cpu: 0, count: nil, after: ledger.lastTimestamp, before: before)
    case .everywhere: gap = LostEvents(buffer: 0, cpu: 0, count: nil, after: nil, before: nil)
    }
    doubt = .none
    append(gap, .damage, at: before, into: &batch)
  }

  private mutating func append(
    _ gap: LostEvents, _ kind: RecordHeader.Kind, at time: UInt64?, into batch: inout RecordBatch
  ) {
    batch.records.append(
      RecordHeader(
        timestamp: time ?? ledger.lastTimestamp ?? 0,
        payloadOffset: UInt32(truncatingIfNeeded: batch.losses.count), payloadLength: 0,
        cpu: gap.cpu, eventID: 0, kind: kind))
    batch.losses.append(gap)
  }

  private mutating func flush(_ index: Int, before: UInt64?, into batch: inout RecordBatch) {
    let count: UInt64? =
      switch cpus[index].pending {
      case .none: 0
      case .counted(let count): count
      case .uncounted: nil
      }
    cpus[index].pending = .none
    guard count != 0 else { return }
    let gap = LostEvents(
      buffer: 0, cpu: UInt32(index), count: count, after: cpus[index].last, before: before)
    cpuLedger(index) { $0.add(gap) }
    append(gap, .lostEvents, at: before, into: &batch)
  }

  private mutating func update(_ event: TextEvent) {
    if ledger.firstTimestamp == nil { ledger.firstTimestamp = event.timestamp }
    eventsRead &+= 1
    ledger.lastTimestamp = max(ledger.lastTimestamp ?? 0, event.timestamp)
    cpuLedger(Int(event.cpu)) { $0.eventsRead &+= 1 }
  }

  /// The scanner lets no CPU number above `TextLineScanner.cpuLimit` pass.
  private mutating func index(of cpu: UInt32) -> Int {
    while cpus.count <= Int(cpu) {
      ledger.cpus.append(CPULedger(buffer: 0, cpu: UInt32(cpus.count)))
      cpus.append(CPUState())
    }
    return Int(cpu)
  }

  private mutating func cpuLedger(_ index: Int, _ change: (inout CPULedger) -> Void) {
    change(&ledger.cpus[index])
  }
}
