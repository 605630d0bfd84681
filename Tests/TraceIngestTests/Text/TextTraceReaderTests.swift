import Testing

@testable import TraceIngest

/// Text that comes in pieces of some size, as from a pipe.
private func reader(_ text: String, piece: Int = 1 << 20) throws -> TextTraceReader {
  let bytes = Array(text.utf8)
  var position = 0
  return try TextTraceReader { buffer throws(IngestError) in
    let count = min(piece, buffer.count, bytes.count - position)
    buffer.copyBytes(from: bytes[position..<position + count])
    position += count
    return count
  }
}

private func lines(_ count: Int, cpus: Int = 2) -> String {
  (0..<count).map { index in
    "          pmtest-\(100 + index % 3)    [\(index % cpus)] ..... 1.\(100_000 + index): "
      + "event_\(index % 5): index=\(index)\n"
  }.joined()
}

private let event = "          pmtest-77    [000] ..... 5.000007: a: b\n"
private let later = "          pmtest-77    [000] ..... 6.000007: a: b\n"
private let elsewhere = "          pmtest-77    [001] ..... 7.000007: a: b\n"

@Test(arguments: [1, 7, 64, 4096, 1 << 20])
func readsPiecesOfAnySize(piece: Int) throws {
  let trace = try ReadTrace(reader("# tracer: nop\n#\n" + lines(9000), piece: piece))
  #expect(trace.records.count == 9000)
  #expect(trace.records.map(\.cpu) == (0..<9000).map { UInt32($0 % 2) })
  #expect(trace.records[8999].timestamp == 1_108_999_000)
  #expect(trace.records[8999].payload == Array("index=8999".utf8))
  #expect(trace.ledger.eventsRead == 9000)
  #expect(trace.ledger.cpus.map(\.eventsRead) == [4500, 4500])
  #expect(trace.ledger.firstTimestamp == 1_100_000_000)
  #expect(trace.ledger.lastTimestamp == 1_108_999_000)
  #expect(!trace.ledger.isIncomplete)
  #expect(trace.names[101] == "pmtest")
  #expect(trace.names.count == 3)
  #expect(!trace.metadata.endIsKnown)
  #expect(trace.metadata.container == .text)
}

@Test
func handsOnWhatIsWanted() throws {
  let selection = EventSelection(ids: [], idOfName: { $0 == "event_3" ? 42 : nil })
  let trace = try ReadTrace(reader(lines(100)), selection: selection)
  #expect(trace.records.count == 20)
  #expect(trace.records.allSatisfy { $0.id == 42 && $0.kind == .text })
  #expect(trace.ledger.eventsRead == 100)
}

@Test
func namesAreAskedForOnce() throws {
  let asked = Asked()
  let selection = EventSelection(ids: [], idOfName: { asked.answer($0) })
  _ = try ReadTrace(reader(lines(5000)), selection: selection)
  #expect(asked.names.sorted() == (0..<5).map { "event_\($0)" })
}

/// Keeps the names that were asked for; used by one thread.
private final class Asked: @unchecked Sendable {
  var names: [String] = []
  func answer(_ name: String) -> UInt16? {
    names.append(name)
    return nil
  }
}

/// Texts with losses: what is lost on which CPU, and the stamps around it in seconds.
private let losses: [(text: String, gaps: [LostEvents])] = [
  (
    event + "CPU:0 [LOST 25 EVENTS]\n" + later,
    [LostEvents(buffer: 0, cpu: 0, count: 25, after: 5_000_007_000, before: 6_000_007_000)]
  ),
  (
    event + "CPU:0 [25 EVENTS DROPPED]\n" + elsewhere + later,
    [LostEvents(buffer: 0, cpu: 0, count: 25, after: 5_000_007_000, before: 6_000_007_000)]
  ),
  (
    event + "CPU:0 [EVENTS DROPPED]\nCPU:0 [LOST 5 EVENTS]\n" + later,
    [LostEvents(buffer: 0, cpu: 0, count: nil, after: 5_000_007_000, before: 6_000_007_000)]
  ),
  (
    event + "CPU:1 [LOST 3 EVENTS]\nCPU:1 [LOST 4 EVENTS]\n",
    [LostEvents(buffer: 0, cpu: 1, count: 7, after: nil, before: nil)]
  ),
  (
    "# entries-in-buffer/entries-written: 2/10 #P:2\n" + event + elsewhere,
    [
      LostEvents(buffer: 0, cpu: 0, count: 8, after: nil, before: 5_000_007_000),
      LostEvents(buffer: 0, cpu: 1, count: nil, after: nil, before: 7_000_007_000),
    ]
  ),
  (
    "# entries-in-buffer/entries-written: 0/10 #P:2\n",
    [LostEvents(buffer: 0, cpu: 0, count: 10, after: nil, before: nil)]
  ),
  (
    event + "##### CPU 1 buffer started ####\n" + elsewhere,
    [LostEvents(buffer: 0, cpu: 1, count: nil, after: nil, before: 7_000_007_000)]
  ),
  (event + "# entries-in-buffer/entries-written: 2/2 #P:2\n" + elsewhere, []),
]

@Test(arguments: losses)
func tellsLosses(text: String, gaps: [LostEvents]) throws {
  let selection = EventSelection(ids: [], idOfName: { _ in 1 })
  let reader = try reader(text)
  let trace = try ReadTrace(reader, selection: selection)
  #expect(trace.records.compactMap(\.loss) == gaps)
  #expect(trace.ledger.cpus.flatMap(\.gaps) == gaps)
  #expect(trace.ledger.isIncomplete == !gaps.isEmpty)
  // A gap stands right before the record that ends it.
  for (index, record) in trace.records.enumerated() where record.loss?.before != nil {
    #expect(trace.records[index + 1].timestamp == record.loss?.before)
  }
  var batch = RecordBatch()
  #expect(try reader.read(into: &batch) == false)
  #expect(reader.ledger.cpus.flatMap(\.gaps) == gaps)
}

@Test
func unreadableLinesAreDamage() throws {
  let trace = try ReadTrace(reader(event + "hello world\n" + later + " => f\n"))
  #expect(trace.ledger.eventsRead == 2)
  #expect(trace.ledger.damage.map(\.kind) == [.unreadableLine])
  #expect(trace.ledger.damage.first?.offset == UInt64(event.utf8.count))
  #expect(trace.ledger.damage.first?.length == 12)
}

/// A text cut at any byte is complete only where it was cut behind a line, with its end or without.
@Test
func cutsAreTold() throws {
  let text = Array((event + later).utf8)
  for end in event.utf8.count..<text.count {
    let trace = try ReadTrace(reader(String(decoding: text[..<end], as: UTF8.self)))
    let isWhole = end == event.utf8.count || end == text.count - 1
    #expect(trace.ledger.eventsRead == (end == text.count - 1 ? 2 : 1))
    #expect(trace.ledger.isIncomplete == !isWhole)
    #expect(trace.ledger.damage.map(\.offset) == (isWhole ? [] : [UInt64(event.utf8.count)]))
  }
}

/// The last value of a line without its end may be cut: nothing is proven from there on.
@Test
func nothingIsProvenByALineWithoutItsEnd() throws {
  let whole = try ReadTrace(reader(event + later))
  #expect(whole.records.map(\.kind) == [.text, .text])
  let cut = try ReadTrace(reader(event + later.dropLast()))
  #expect(cut.records.map(\.kind) == [.text, .text, .damage])
  let other = try ReadTrace(reader(event + "          pmtest-77    [000] ..... 6.0: c: d=1"))
  #expect(other.ledger.damage.map(\.kind) == [.truncated])
}

private func marker(_ name: String) -> String {
  "          pmtest-77    [000] ..... 5.000008: \(name): one\ntwo\n\n  three: 3\n"
}

@Test(arguments: ["tracing_mark_write", "print", "bprint", "bputs"])
func aMarkersFurtherLinesAreItsOwn(name: String) throws {
  let trace = try ReadTrace(reader(event + marker(name) + later))
  #expect(trace.ledger.eventsRead == 3)
  #expect(!trace.ledger.isIncomplete)
  #expect(try ReadTrace(reader(event + marker("other"))).ledger.damage.count == 2)
}

/// A header tells how many events follow.
@Test(arguments: [(1, true), (2, true), (3, false), (100, false)])
func eventsThatTheHeaderTellsOfAreCounted(held: Int, isComplete: Bool) throws {
  let header = "# entries-in-buffer/entries-written: \(held)/\(held)   #P:2\n"
  let trace = try ReadTrace(reader(header + event + later))
  #expect(trace.ledger.damage.map(\.kind) == (isComplete ? [] : [.missingEvents]))
  #expect(trace.records.map(\.kind) == [.text, .text] + (isComplete ? [] : [.damage]))
}

@Test
func linesThatGoBackInTimeAreDamage() throws {
  let trace = try ReadTrace(reader(later + event + event + elsewhere))
  #expect(trace.ledger.damage.map(\.kind) == [.lateRecords])
  #expect(trace.ledger.damage.first?.offset == UInt64(later.utf8.count))
  // Which of them are missing, and where, nobody knows: all is in doubt.
  #expect(trace.records.map(\.kind) == [.text, .damage, .text, .text, .text])
}

/// What a line told that could not be read is missing between its neighbours, however the text comes.
@Test(arguments: [1, 7, 64, 4096])
func damageStandsWhereItIs(piece: Int) throws {
  let reader = try reader(event + "hello\n" + later + elsewhere + "hello\n", piece: piece)
  reader.select(.all)
  var batch = RecordBatch()
  var kinds: [RecordHeader.Kind] = []
  var gaps: [LostEvents] = []
  while try reader.read(into: &batch) {
    kinds += batch.records.map(\.kind)
    gaps += batch.losses
  }
  #expect(kinds == [.text, .damage, .text, .text, .damage])
  #expect(gaps.map(\.after) == [5_000_007_000, 7_000_007_000])
  #expect(gaps.map(\.before) == [6_000_007_000, nil])
}

@Test
func longLinesAreDamage() throws {
  let long = String(repeating: "x", count: 3 * LineWindow.capacity)
  let trace = try ReadTrace(reader(event + long + "\n" + later, piece: 10_000))
  #expect(trace.ledger.eventsRead == 2)
  #expect(trace.ledger.damage.map(\.kind) == [.unreadableLine])
}

@Test
func carriageReturnsAreNoPartOfALine() throws {
  let trace = try ReadTrace(reader(event.dropLast() + "\r\n\r\n" + later))
  #expect(trace.records.map(\.payload) == [Array("b".utf8), Array("b".utf8)])
  #expect(!trace.ledger.isIncomplete)
}

@Test
func plainStampsAreNotTime() throws {
  let trace = try reader("          pmtest-77    [000] 123456: a: b\n")
  var batch = RecordBatch()
  #expect(try trace.read(into: &batch))
  #expect(trace.metadata.timestampsAreNanoseconds == false)
}

@Test(arguments: [
  "hello\nworld\n", "\n\n\n", "hello", "{\"a\": [1]}", "\u{0}\u{1}\u{2}",
  String(repeating: "no ftrace line\n", count: 100_000),
  String(repeating: "x", count: 1_000_000),
])
func refusesOtherText(text: String) throws {
  let error = #expect(throws: IngestError.self) { try reader(text) }
  #expect(error?.code == .notATrace)
  #expect(error.map { !$0.description.contains("\n") } == true)
}

@Test
func refusesNothing() {
  let error = #expect(throws: IngestError.self) { try reader("") }
  #expect(error?.code == .empty)
}

@Test
func acceptsTextWithoutEvents() throws {
  for text in ["# tracer: nop\n#\n", "cpus=2\n", "version = 7\nCPU 0 is empty\ncpus=1\n"] {
    #expect(try ReadTrace(reader(text)).records.isEmpty)
  }
}

@Test
func failuresOfReadingAreErrors() throws {
  var calls = 0
  let start = Array(event.utf8)
  let reader = try TextTraceReader { buffer throws(IngestError) in
    calls += 1
    guard calls == 1 else {
      throw IngestError(.ioFailure, offset: 7, expectation: "more bytes", advice: "copy it again")
    }
    buffer.copyBytes(from: start)
    return start.count
  }
  var batch = RecordBatch()
  #expect(try reader.read(into: &batch))
  #expect(throws: IngestError.self) { _ = try reader.read(into: &batch) }
}
