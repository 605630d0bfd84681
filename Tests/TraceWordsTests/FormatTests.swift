import Testing
import TraceWords

@Suite struct FormatTests {
  @Test func hexadecimalHasAtLeastItsDigits() {
    #expect(Format.hexadecimal(0) == "0")
    #expect(Format.hexadecimal(0x1f, digits: 4) == "001f")
    #expect(Format.hexadecimal(0x12345, digits: 4) == "12345")
    #expect(Format.address(0) == "0x0")
    #expect(Format.address(.max) == "0xffffffffffffffff")
  }

  @Test(
    arguments: [
      (0, 6, 0, "0"), (0, 9, 6, "0.000000"), (1, 9, 9, "0.000000001"), (999, 3, 0, "0"),
      (1_999, 3, 1, "1.9"), (42, 0, 3, "42"), (.max, 9, 6, "18446744073.709551"),
      (.max, 0, 0, "18446744073709551615"),
    ] as [(UInt64, Int, Int, String)])
  func fixedPointNumbersAreCut(value: UInt64, scale: Int, decimals: Int, text: String) {
    #expect(Format.fixed(value, scale: scale, decimals: decimals) == text)
  }

  @Test(arguments: [
    (0, "0.0", "0"), (-0.04, "0.0", "0"), (-0.06, "-0.1", "-0.1"), (12.55, "12.6", "12.6"),
    (-3, "-3.0", "-3"), (1e300, "900000000000000.0", "900000000000000"),
    (-1e300, "-900000000000000.0", "-900000000000000"),
  ])
  func decimalsAreRounded(value: Double, long: String, short: String) {
    #expect(Format.decimal(value) == long)
    #expect(Format.shortDecimal(value) == short)
  }

  @Test func countsHaveTheirNouns() {
    #expect(Format.count(0) == "0")
    #expect(Format.count(999) == "999")
    #expect(Format.count(1_000) == "1,000")
    #expect(Format.count(.max) == "18,446,744,073,709,551,615")
    #expect(Format.count(0, "event") == "0 events")
    #expect(Format.count(1, "event") == "1 event")
    #expect(Format.count(1_024, "loss", plural: "losses") == "1,024 losses")
    #expect(Format.noun("loss", plural: "losses", for: 1) == "loss")
  }

  @Test(
    arguments: [
      (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (1 << 20, "1 MiB"),
      ((1 << 20) - 1, "1023.9 KiB"), (.max, "16383.9 PiB"),
    ] as [(UInt64, String)])
  func sizesTakeTheLargestUnit(bytes: UInt64, text: String) {
    #expect(Format.bytes(bytes) == text)
  }

  @Test func sharesStayWithinAHundred() {
    #expect(Format.share(1, of: 0) == "-")
    #expect(Format.share(0, of: 3) == "0.0 %")
    #expect(Format.share(2, of: 3) == "66.6 %")
    #expect(Format.share(9, of: 3) == "100.0 %")
    #expect(Format.share(.max, of: .max) == "100.0 %")
  }

  @Test(
    arguments: [
      (0, "0.000000", "0", "0:00"), (2_500_000, "0.002500", "0.0025", "0:00"),
      (12_000_000_000, "12.000000", "12", "0:12"),
      (3_723_999_999_999, "3723.999999", "3723.999999999", "1:02:03"),
      (.max, "18446744073.709551", "18446744073.709551615", "5124095:34:33"),
    ] as [(UInt64, String, String, String)])
  func secondsOfNanoseconds(time: UInt64, stamp: String, exact: String, clock: String) {
    #expect(Format.seconds(time) == stamp)
    #expect(Format.exactSeconds(time) == exact)
    #expect(Format.clock(time) == clock)
  }
}
