/// Gathers the records of one batch in storage of fixed size, so that no record costs more than
/// its bytes.
struct BatchBuilder {
  private var headers: [RecordHeader]
  private var payloads: [UInt8]
  private var losses: [LostEvents] = []
  private var headerCount = 0
  private var payloadCount = 0

  /// A batch ends at so many records or payload bytes.
  private static let recordLimit = 4096
  private static let byteLimit = 1 << 18

  /// - Parameter longestPayload: the most bytes that a record can have.
  init(longestPayload: Int) {
    let nothing = RecordHeader(
      timestamp: 0, payloadOffset: 0, payloadLength: 0, cpu: 0, eventID: 0, kind: .binary)
    headers = [RecordHeader](repeating: nothing, count: Self.recordLimit)
    payloads = [UInt8](repeating: 0, count: Self.byteLimit + longestPayload)
  }

  /// Whether nothing more should be added.
  @inline(__always)
  var isFull: Bool { headerCount >= Self.recordLimit || payloadCount >= Self.byteLimit }

  /// Adds a record, whose payload is copied from where the header says in `bytes`.
  @inline(__always)
  mutating func append(_ header: RecordHeader, payloadIn bytes: UnsafeRawBufferPointer) {
    let place = Int(header.payloadOffset)
    let length = Int(header.payloadLength)
    guard headerCount < headers.count, length <= payloads.count &- payloadCount,
      length <= bytes.count &- place
    else { return }
    var header = header
    header.payloadOffset = UInt32(truncatingIfNeeded: payloadCount)
    headers[headerCount] = header
    headerCount &+= 1
    payloads.withUnsafeMutableBytes { target in
      if let target = target.baseAddress, let source = bytes.baseAddress {
        (target + payloadCount).copyMemory(from: source + place, byteCount: length)
      }
    }
    payloadCount &+= length
  }

  /// Adds a gap.
  mutating func append(_ gap: LostEvents, at timestamp: UInt64) {
    guard headerCount < headers.count else { return }
    headers[headerCount] = RecordHeader(
      timestamp: timestamp, payloadOffset: UInt32(truncatingIfNeeded: losses.count),
      payloadLength: 0, cpu: gap.cpu, eventID: 0, buffer: gap.buffer, kind: .lostEvents)
    headerCount += 1
    losses.append(gap)
  }

  /// Moves everything to `batch`, which is to be empty, and starts again.
  mutating func finish(into batch: inout RecordBatch) {
    batch.records.append(contentsOf: headers[..<headerCount])
    batch.bytes.append(contentsOf: payloads[..<payloadCount])
    batch.bytes.append(contentsOf: repeatElement(0, count: RecordBatch.slack))
    batch.losses.append(contentsOf: losses)
    losses.removeAll(keepingCapacity: true)
    headerCount = 0
    payloadCount = 0
  }
}
