internal import TraceDecode
internal import TraceIngest

/// The reader alone: hands out every record of a trace and reads three fields of each, without
/// model and rules.
struct ReaderBenchmark {
  /// What a run came to. The sum keeps the reads from being optimised away.
  struct Result {
    /// Records read.
    var records: UInt64 = 0
    /// All fields that were read, added up.
    var sum: UInt64 = 0
  }

  /// For every `common_type` the place of its readers in `readers`, or 0 for an unknown event's.
  private var placeOfID = [UInt16](repeating: 0, count: 65_536)
  /// Three readers for each event, one after another.
  private var readers: [FieldReader] = []
  /// For each event the length that its payload must have.
  private var lengths: [Int] = []

  /// Works out which fields are read: the first, the middle and the last number of each event.
  init(_ metadata: TraceMetadata) {
    let handle = TraceEventHandle(longSize: metadata.longSize, isBigEndian: metadata.isBigEndian)
    guard let handle else { return }
    if let type = FieldReader(
      offset: 0, size: 2, isSigned: false, isBigEndian: metadata.isBigEndian)
    {
      add([type, type, type])
    }
    for text in metadata.formats {
      guard let format = try? handle.parse(text) else { continue }
      let numbers = format.fields.compactMap {
        FieldReader($0, isBigEndian: metadata.isBigEndian)
      }
      guard let first = numbers.first, let last = numbers.last else { continue }
      placeOfID[Int(format.id)] = UInt16(truncatingIfNeeded: lengths.count)
      add([first, numbers[numbers.count / 2], last])
    }
  }

  private mutating func add(_ three: [FieldReader]) {
    readers += three
    lengths.append(three.map(\.end).max() ?? 0)
  }

  /// Reads the trace to its end.
  func run(_ reader: any TraceReader) throws(IngestError) -> Result {
    var result = Result()
    var batch = RecordBatch()
    reader.select(.all)
    while try reader.read(into: &batch) { take(batch, into: &result) }
    return result
  }

  private func take(_ batch: borrowing RecordBatch, into result: inout Result) {
    let bytes = batch.bytes.span.bytes
    let records = batch.records.span
    let places = placeOfID.span
    let readers = readers.span
    let lengths = lengths.span
    for index in records.indices {
      let header = records[index]
      guard case .binary = header.kind else { continue }
      result.records &+= 1
      let place = Int(places[Int(header.eventID)])
      let start = Int(header.payloadOffset)
      guard Int(header.payloadLength) >= lengths[place] else { continue }
      for field in 3 &* place..<3 &* place &+ 3 {
        result.sum &+= readers[field].read(unchecked: bytes, at: start)
      }
    }
  }
}
