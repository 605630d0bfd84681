/// Gathers the records of one batch in storage of fixed size, so that no record costs more than
/// its bytes.
///
/// The storage is plain memory and every place in it is checked here, once a record: an array would
/// ask for each record, too, whether it is shared.
final class BatchBuilder {
  private let headers: UnsafeMutableBufferPointer<RecordHeader>
  private let payloads: UnsafeMutableRawBufferPointer
  private var losses: [LostEvents] = []
  private var headerCount = 0
  private var payloadCount = 0

  /// A batch ends at so many records or payload bytes.
  private static let recordLimit = 4096
  private static let byteLimit = 1 << 18

  /// - Parameter longestPayload: the most bytes that a record can have.
  init(longestPayload: Int) {
    headers = .allocate(capacity: Self.recordLimit)
    payloads = .allocate(byteCount: Self.byteLimit + longestPayload, alignment: 16)
  }

  deinit {
    headers.deallocate()
    payloads.deallocate()
  }

  /// Whether nothing more should be added.
  @inline(__always)
  var isFull: Bool { headerCount >= Self.recordLimit || payloadCount >= Self.byteLimit }

  /// Adds a record, whose payload is copied from where the header says in `bytes`.
  @inline(__always)
  func append(_ header: RecordHeader, payloadIn bytes: UnsafeRawBufferPointer) {
    let place = Int(header.payloadOffset)
    let length = Int(header.payloadLength)
    guard headerCount < headers.count, length <= payloads.count &- payloadCount,
      length <= bytes.count &- place, let source = bytes.baseAddress,
      let target = payloads.baseAddress, let slots = headers.baseAddress
    else { return }
    // The header is copied as it is, then changed where it lies: that is two whole moves.
    (slots + headerCount).initialize(to: header)
    slots[headerCount].payloadOffset = UInt32(truncatingIfNeeded: payloadCount)
    (target + payloadCount).copyMemory(from: source + place, byteCount: length)
    headerCount &+= 1
    payloadCount &+= length
  }

  /// Adds a gap.
  func append(_ gap: LostEvents, at timestamp: UInt64) {
    guard headerCount < headers.count else { return }
    let header = RecordHeader(
      timestamp: timestamp, payloadOffset: UInt32(truncatingIfNeeded: losses.count),
      payloadLength: 0, cpu: gap.cpu, eventID: 0, buffer: gap.buffer, kind: .lostEvents)
    headers.initializeElement(at: headerCount, to: header)
    headerCount += 1
    losses.append(gap)
  }

  /// Moves everything to `batch`, which is to be empty, and starts again.
  func finish(into batch: inout RecordBatch) {
    batch.records.append(contentsOf: headers[..<headerCount])
    batch.bytes.append(contentsOf: payloads[..<payloadCount])
    batch.bytes.append(contentsOf: repeatElement(0, count: RecordBatch.slack))
    batch.losses.append(contentsOf: losses)
    losses.removeAll(keepingCapacity: true)
    headerCount = 0
    payloadCount = 0
  }
}
