import Testing

@testable import PagemapReport

/// Against the examples of protobuf's own description of its encoding, and read back.
@Suite struct ProtoBufferTests {
  private static func bytes(_ fill: (inout ProtoBuffer) -> Void) -> [UInt8] {
    var buffer = ProtoBuffer()
    fill(&buffer)
    return buffer.bytes
  }

  @Test func encodesTheExamplesOfTheSpecification() {
    #expect(Self.bytes { $0.number(1, 150) } == [0x08, 0x96, 0x01])
    #expect(
      Self.bytes { $0.text(2, "testing") } == [
        0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67,
      ])
    #expect(Self.bytes { $0.message(3) { $0.number(1, 150) } } == [0x1a, 0x03, 0x08, 0x96, 0x01])
    #expect(Self.bytes { $0.flag(1, true) } == [0x08, 0x01])
    #expect(
      Self.bytes { $0.signed(1, -2) }
        == [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])
    #expect(Self.bytes { $0.fixed64(47, 0x0102_0304) } == [0xf9, 0x02, 4, 3, 2, 1, 0, 0, 0, 0])
    #expect(Self.bytes { $0.text(1, "") } == [0x0a, 0x00])
    #expect(Self.bytes { _ in }.isEmpty)
  }

  @Test(arguments: [0, 1, 127, 128, 16383, 16384, 1 << 32, 1 << 63, UInt64.max] as [UInt64])
  func numbersComeBack(_ value: UInt64) throws {
    let bytes = Self.bytes {
      $0.number(536_870_911, value)
      $0.signed(1, Int64(bitPattern: value))
      $0.fixed64(2, value)
    }
    let message = try #require(ProtoMessage(bytes))
    #expect(message.numbers(536_870_911) == [value])
    #expect(message.numbers(1) == [value])
    #expect(message.numbers(2) == [value])
  }

  @Test(arguments: [0, 1, 127, 128, 300, 20_000])
  func lengthsComeBack(_ count: Int) throws {
    let text = String(repeating: "é", count: count)
    let bytes = Self.bytes { $0.message(5) { $0.message(6) { $0.text(7, text) } } }
    let message = try #require(ProtoMessage(bytes))
    #expect(message.messages(5).first?.messages(6).first?.text(7) == text)
  }

  @Test func theReaderOfTheTestsRefusesWhatIsCut() {
    let bytes = Self.bytes { $0.message(5) { $0.fixed64(1, 9) } }
    for count in 1..<bytes.count { #expect(ProtoMessage(bytes.prefix(count)) == nil) }
    #expect(ProtoMessage([0x0b]) == nil)
  }
}
