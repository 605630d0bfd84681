import Testing
import TraceDecode

private func read(
  _ bytes: [UInt8], offset: Int, size: Int, isSigned: Bool, isBigEndian: Bool = false,
  slack: Int = 8
) -> UInt64? {
  let padded = bytes + [UInt8](repeating: 0xee, count: slack)
  let reader = FieldReader(
    offset: offset, size: size, isSigned: isSigned, isBigEndian: isBigEndian)
  return reader?.read(padded.span.bytes, at: 0, length: bytes.count)
}

/// -12 and 0xfff4 in every size, both byte orders: the value, and the sizes that hold it.
@Test(arguments: 2...8, [true, false])
func carriesTheSign(size: Int, isBigEndian: Bool) {
  let minusTwelve = [0xf4] + [UInt8](repeating: 0xff, count: size - 1)
  let bytes = [1, 2, 3] + (isBigEndian ? minusTwelve.reversed() : minusTwelve)
  for slack in [0, 3, 8] {
    let signed = read(
      bytes, offset: 3, size: size, isSigned: true, isBigEndian: isBigEndian, slack: slack)
    #expect(signed == UInt64(bitPattern: -12))
    let unsigned = read(
      bytes, offset: 3, size: size, isSigned: false, isBigEndian: isBigEndian, slack: slack)
    #expect(unsigned == UInt64(bitPattern: -12) & (UInt64.max >> UInt64(64 - 8 * size)))
  }
}

@Test
func readsUnalignedNumbers() {
  let bytes: [UInt8] = [0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x7f]
  #expect(read(bytes, offset: 4, size: 8, isSigned: false) == 0x1122_3344_5566_7788)
  #expect(
    read(bytes, offset: 4, size: 8, isSigned: false, isBigEndian: true) == 0x8877_6655_4433_2211)
  #expect(read(bytes, offset: 12, size: 1, isSigned: true) == 0x7f)
}

@Test
func staysInsideThePayload() {
  let bytes: [UInt8] = [1, 2, 3, 4, 5, 6]
  #expect(read(bytes, offset: 4, size: 2, isSigned: false) == 0x0605)
  #expect(read(bytes, offset: 5, size: 2, isSigned: false) == nil)
  #expect(read(bytes, offset: 60_000, size: 4, isSigned: false) == nil)
  #expect(FieldReader(offset: 65_530, size: 8, isSigned: false, isBigEndian: false) == nil)
  #expect(FieldReader(offset: 0, size: 9, isSigned: false, isBigEndian: false) == nil)
  #expect(FieldReader(offset: 0, size: 0, isSigned: false, isBigEndian: false) == nil)
  let reader = FieldReader(offset: 0, size: 4, isSigned: false, isBigEndian: false)
  #expect(reader?.read(bytes.span.bytes, at: 4, length: 4) == nil)
  #expect(reader?.read(bytes.span.bytes, at: 7, length: 4) == nil)
}

/// The text of a dynamic field whose word says `place` and `count`, in a payload that holds
/// "pmfake.0" with its NUL from byte 16 on.
private func text(place: UInt32, count: UInt32, relative: Bool) -> String? {
  var bytes = [UInt8](repeating: 0xaa, count: 16) + Array("pmfake.0\0".utf8) + [9, 9]
  let word = place | count << 16
  for index in 0..<4 { bytes[8 + index] = UInt8(truncatingIfNeeded: word >> UInt32(8 * index)) }
  let field = EventField(
    name: "dev", offset: 8, size: 4, isSigned: true, kind: .dynamicString(relative: relative))
  let reader = TextReader(field, isBigEndian: false)
  let range = reader?.range(in: bytes.span.bytes, at: 0, length: bytes.count - 2)
  return range.map { String(decoding: bytes[$0], as: UTF8.self) }
}

@Test
func findsDynamicText() {
  #expect(text(place: 16, count: 9, relative: false) == "pmfake.0")
  #expect(text(place: 4, count: 9, relative: true) == "pmfake.0")
  #expect(text(place: 16, count: 6, relative: false) == "pmfake")
  #expect(text(place: 16, count: 0, relative: false) == nil)
  #expect(text(place: 16, count: 10, relative: false) == nil)
  #expect(text(place: 65_535, count: 65_535, relative: true) == nil)
}

@Test
func findsTextInArrays() {
  let bytes = Array("..comm\0\0\0\0".utf8)
  let field = EventField(name: "comm", offset: 2, size: 8, isSigned: false, kind: .string)
  let reader = TextReader(field, isBigEndian: false)
  #expect(reader?.range(in: bytes.span.bytes, at: 0, length: bytes.count) == 2..<6)
  #expect(reader?.range(in: bytes.span.bytes, at: 0, length: 9) == nil)
}
