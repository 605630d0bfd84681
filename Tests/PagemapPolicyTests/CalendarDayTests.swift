import PagemapPolicy
import Testing

@Suite struct CalendarDayTests {
  @Test(arguments: [
    (0, "1970-01-01"), (86_399, "1970-01-01"), (86_400, "1970-01-02"), (951_782_400, "2000-02-29"),
    (1_798_675_199, "2026-12-30"), (-1, "1969-12-31"), (4_107_542_400, "2100-03-01"),
  ])
  func secondsGiveTheDay(_ seconds: Int, _ day: String) {
    #expect(CalendarDay(secondsSince1970: seconds).description == day)
  }

  @Test(arguments: [
    "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-1-01", "26-01-01", "2026-12-32",
    "2026-12-00", "+026-12-01", "2026-12-01 ", "", "2026/12/01", "２０２６-12-01",
  ])
  func whatIsNoDayIsRefused(_ text: String) {
    #expect(CalendarDay(text) == nil)
  }

  @Test func daysAreInOrder() throws {
    let days = ["1999-12-31", "2000-02-29", "2000-03-01", "2026-11-28"]
    #expect(try days.map { try #require(CalendarDay($0)) }.sorted().map(\.description) == days)
  }
}
