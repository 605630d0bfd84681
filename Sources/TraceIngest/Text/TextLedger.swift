/// Counts what a text tells per CPU, and holds losses until the next record of their CPU comes.
struct TextLedger: Sendable {
  /// What was read and what is missing.
  var ledger = TraceLedger()
  /// Entries that the header says were written and are not in the text.
  var overwritten: UInt64 = 0

  private var cpus: [CPUState] = []
  private var sawRecord = false

  private struct CPUState {
    var last: UInt64?
    var pending: Pending = .none
  }

  /// A loss whose CPU has had no record since.
  private enum Pending {
    case none
    case counted(UInt64)
    case uncounted
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
  mutating func count(_ event: TextEvent, into batch: inout RecordBatch) {
    let index = index(of: event.cpu)
    if overwritten > 0, cpus[index].last == nil {
      lost(event.cpu, sawRecord ? nil : overwritten)
    }
    sawRecord = true
    flush(index, before: event.timestamp, into: &batch)
    cpus[index].last = event.timestamp
    update(event)
  }

  /// Puts the losses that no record followed into the batch.
  mutating func finish(into batch: inout RecordBatch) {
    if overwritten > 0, !sawRecord { lost(0, overwritten) }
    for index in cpus.indices { flush(index, before: nil, into: &batch) }
    ledger.cpus.removeAll { $0.eventsRead == 0 && !$0.isIncomplete }
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
    batch.records.append(
      RecordHeader(
        timestamp: before ?? ledger.lastTimestamp ?? 0,
        payloadOffset: UInt32(batch.losses.count), payloadLength: 0, cpu: UInt32(index),
        eventID: 0, kind: .lostEvents))
    batch.losses.append(gap)
  }

  private mutating func update(_ event: TextEvent) {
    if ledger.firstTimestamp == nil { ledger.firstTimestamp = event.timestamp }
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
