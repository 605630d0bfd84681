/// Little-endian bytes of a trace.dat in the making.
struct TraceDatBytes {
  private(set) var bytes: [UInt8] = []

  mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// A string with its NUL.
  mutating func append(terminated text: String) {
    bytes += text.utf8
    bytes.append(0)
  }

  /// Bytes with their number in front, as wide as `Length`.
  mutating func append<Length: FixedWidthInteger>(_ more: [UInt8], countedBy: Length.Type) {
    append(Length(truncatingIfNeeded: more.count))
    bytes += more
  }
}
