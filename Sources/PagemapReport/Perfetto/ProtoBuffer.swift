/// Bytes of a protobuf message, field after field.
///
/// Of the encoding (protobuf.dev/programming-guides/encoding) it has what Perfetto's messages need:
/// varints, 64-bit numbers, and what carries its length in front.
struct ProtoBuffer: Sendable {
  /// The bytes so far.
  private(set) var bytes: [UInt8] = []

  /// How a field's value is encoded: the low three bits of its tag.
  private enum Wire: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
  }

  /// A field with a number: `uint32`, `uint64`, or an enumeration's value.
  mutating func number(_ field: UInt64, _ value: UInt64) {
    tag(field, .varint)
    varint(value)
  }

  /// A field with a signed number: `int64`. Negative ones take ten bytes.
  mutating func signed(_ field: UInt64, _ value: Int64) {
    number(field, UInt64(bitPattern: value))
  }

  /// A field that is true or false.
  mutating func flag(_ field: UInt64, _ value: Bool) { number(field, value ? 1 : 0) }

  /// A field of 64 bits, lowest byte first: `fixed64`.
  mutating func fixed64(_ field: UInt64, _ value: UInt64) {
    tag(field, .fixed64)
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// A `string` field: its length, then UTF-8.
  mutating func text(_ field: UInt64, _ value: String) {
    tag(field, .lengthDelimited)
    varint(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// A field with bytes that are a message.
  mutating func message(_ field: UInt64, _ value: some Collection<UInt8>) {
    tag(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// A field with a message that `fill` writes.
  mutating func message(_ field: UInt64, _ fill: (inout ProtoBuffer) -> Void) {
    var inner = ProtoBuffer()
    fill(&inner)
    message(field, inner.bytes)
  }

  /// The fields of another buffer behind those that are here.
  mutating func append(_ other: ProtoBuffer) { bytes.append(contentsOf: other.bytes) }

  private mutating func tag(_ field: UInt64, _ wire: Wire) { varint(field << 3 | wire.rawValue) }

  /// Seven bits a byte, lowest first; the top bit says that more follow.
  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}
