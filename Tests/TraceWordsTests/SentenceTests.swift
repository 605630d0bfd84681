import Testing
import TraceWords

@Suite struct SentenceTests {
  private let nanoseconds = TimeFormat()
  private let ticks = TimeFormat(isNanoseconds: false)

  @Test func valuesStayValuesUntilTheyArePrinted() {
    let sentence: Sentence =
      "the last VM of owner group \(address: 0xff36) left at \(time: 32_235_466); \(count: 1, "zdd") "
      + "stayed for \(duration: 871_000), task \(task: 147) got \(-16) (\(error: 16, name: "EBUSY"))"
    #expect(
      sentence.parts == [
        .text("the last VM of owner group "), .address(0xff36), .text(" left at "),
        .time(32_235_466), .text("; "), .count(1), .text(" zdd stayed for "), .duration(871_000),
        .text(", task "), .task(147), .text(" got "), .number(-16), .text(" ("),
        .error(16, name: "EBUSY"), .text(")"),
      ])
    #expect(
      sentence.text(nanoseconds)
        == "the last VM of owner group 0xff36 left at 0.032235; 1 zdd stayed for 871 us, "
        + "task 147 got -16 (EBUSY)")
    #expect(
      sentence.text(ticks)
        == "the last VM of owner group 0xff36 left at 32235466 ticks; 1 zdd stayed for "
        + "871,000 ticks, task 147 got -16 (EBUSY)")
  }

  @Test func wordsSideBySideAreOnePart() {
    var sentence: Sentence = "a" + "\("b")" + Sentence("c")
    sentence += ""
    sentence.append(.text("d"))
    #expect(sentence.parts == [.text("abcd")])
    #expect(sentence == "abcd")
    #expect(Sentence("") == Sentence() && Sentence().isEmpty && Sentence().text(ticks) == "")
  }

  @Test func numbersKeepTheirSign() {
    let least: Sentence = "\(Int64.min) \(Int8(-1)) \(UInt64.max) \(UInt8(2)) \(3)"
    #expect(
      least.parts == [
        .number(.min), .text(" "), .number(-1), .text(" "), .count(.max), .text(" "), .count(2),
        .text(" "), .number(3),
      ])
    #expect(least.text(nanoseconds) == "-9223372036854775808 -1 18446744073709551615 2 3")
  }

  @Test func countsTakeThePlural() {
    let counts: Sentence =
      "\(count: 0, "folio"), \(count: 1, "folio"), \(count: 2, "folio"), "
      + "\(count: -1, "folio"), \(count: UInt64.max, "miss", plural: "misses")"
    #expect(
      counts.text(ticks)
        == "0 folios, 1 folio, 2 folios, -1 folios, 18446744073709551615 misses")
  }

  @Test func sentencesNest() {
    let parts: [Sentence] = ["\(count: 2, "gap")", "\(address: 1)"]
    let sentence: Sentence = "{\(parts.joined(separator: ", "))}"
    #expect(sentence.parts == [.text("{"), .count(2), .text(" gaps, "), .address(1), .text("}")])
    #expect([Sentence]().joined(separator: ", ").isEmpty)
  }

  @Test func aValueThatNobodyPrintedShows() {
    let sentence: Sentence = "at \(time: 5)"
    #expect("\(sentence)" == "at <time(5)>")
  }
}
