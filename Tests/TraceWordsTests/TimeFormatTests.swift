import Testing
import TraceWords

@Suite struct TimeFormatTests {
  @Test(
    arguments: [
      (0, "0.000000", "0 ns", "0 us"), (999, "0.000000", "999 ns", "0 us"),
      (1_000, "0.000001", "1.00 us", "1 us"), (12_345, "0.000012", "12.3 us", "12 us"),
      (870_999, "0.000870", "870 us", "870 us"), (999_999, "0.000999", "999 us", "999 us"),
      (1_000_000, "0.001000", "1.00 ms", "1.0 ms"), (12_399_999, "0.012399", "12.3 ms", "12.3 ms"),
      (4_099_999_999, "4.099999", "4.09 s", "4.0 s"),
      (.max, "18446744073.709551", "18446744073 s", "18446744073.7 s"),
    ] as [(UInt64, String, String, String)])
  func nanoseconds(time: UInt64, stamp: String, duration: String, rough: String) {
    let format = TimeFormat()
    #expect(format.stamp(time) == stamp)
    #expect(format.moment(time) == stamp + " s")
    #expect(format.clause(time) == stamp)
    #expect(format.duration(time) == duration)
    #expect(format.roughDuration(time) == rough)
  }

  @Test(
    arguments: [
      (0, "0", "0 ticks"), (32_235_466, "32235466", "32,235,466 ticks"),
      (.max, "18446744073709551615", "18,446,744,073,709,551,615 ticks"),
    ] as [(UInt64, String, String)])
  func clocksWithUnitsOfTheirOwn(time: UInt64, stamp: String, duration: String) {
    let format = TimeFormat(isNanoseconds: false)
    #expect(format.stamp(time) == stamp)
    #expect(format.moment(time) == stamp + " ticks")
    #expect(format.clause(time) == stamp + " ticks")
    #expect(format.duration(time) == duration)
    #expect(format.roughDuration(time) == duration)
  }
}
