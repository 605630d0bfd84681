/// Bytes of a trace.dat in the making, little-endian unless told otherwise.
struct TraceDatBytes {
  private(set) var bytes: [UInt8] = []
  /// Whether numbers are big-endian.
  let isBigEndian: Bool

  init(isBigEndian: Bool = false) { self.isBigEndian = isBigEndian }

  mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: isBigEndian ? number.bigEndian : number.littleEndian) {
      bytes.append(contentsOf: $0)
    }
  }

  mutating func append(_ more: [UInt8]) { bytes += more }
  mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

  /// Appends a number of the kernel's type `long`, which has 4 or 8 bytes.
  mutating func append(long number: UInt64, size: Int) {
    if size == 8 { append(number) } else { append(UInt32(truncatingIfNeeded: number)) }
  }

  /// Forgets the bytes and keeps their storage.
  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

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
