import TraceIngest

/// The latest payload of every CPU, kept only where a trace has several buffers.
struct LatestPayloads: Sendable {
  private struct Entry {
    var buffer: UInt16 = 0
    var eventID: UInt16 = 0
    var payload: [UInt8] = []
  }

  private var entries: [Entry] = []

  /// More CPUs than any kernel is built for; what lies beyond is not compared.
  private static let cpuLimit: UInt32 = 8192

  /// Whether the record repeats the latest of its CPU from another buffer. Otherwise it is the
  /// latest from now on.
  mutating func isRepeated(_ header: RecordHeader, _ bytes: RawSpan) -> Bool {
    guard header.cpu < Self.cpuLimit else { return false }
    let cpu = Int(header.cpu)
    while entries.count <= cpu { entries.append(Entry()) }
    let start = Int(header.payloadOffset)
    let length = Int(header.payloadLength)
    if entries[cpu].buffer != header.buffer, entries[cpu].eventID == header.eventID,
      entries[cpu].payload.count == length
    {
      var same = true
      for index in 0..<length
      where bytes.unsafeLoad(fromByteOffset: start + index, as: UInt8.self)
        != entries[cpu].payload[index]
      {
        same = false
        break
      }
      if same { return true }
    }
    entries[cpu].buffer = header.buffer
    entries[cpu].eventID = header.eventID
    entries[cpu].payload.removeAll(keepingCapacity: true)
    for index in start..<start + length {
      entries[cpu].payload.append(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
    return false
  }
}
