/// How rules write sentences: as string literals, with a label at each value that says what it is.
extension Sentence: ExpressibleByStringInterpolation {
  package init(stringLiteral text: String) { self.init(text) }

  package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.sentence }

  /// Gathers the parts of a literal.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var sentence = Sentence()

    package init(literalCapacity: Int, interpolationCount: Int) {}

    package mutating func appendLiteral(_ literal: String) { sentence.append(.text(literal)) }

    /// Words, or a name of the trace.
    package mutating func appendInterpolation(_ text: String) { sentence.append(.text(text)) }

    /// Words that are in the program.
    package mutating func appendInterpolation(_ text: StaticString) {
      sentence.append(.text("\(text)"))
    }

    /// Another sentence.
    package mutating func appendInterpolation(_ other: Sentence) { sentence.append(other) }

    /// A number that is neither of the below; unsigned ones are counts.
    package mutating func appendInterpolation<Number: FixedWidthInteger>(_ number: Number) {
      sentence.append(
        Number.isSigned ? .number(Int64(clamping: number)) : .count(UInt64(clamping: number)))
    }

    /// A count with its noun: `1 folio`, `2 folios`.
    package mutating func appendInterpolation<Number: FixedWidthInteger>(
      count number: Number, _ noun: String, plural: String? = nil
    ) {
      sentence.append(
        number < 0 ? .number(Int64(clamping: number)) : .count(UInt64(clamping: number)))
      let word = Format.noun(noun, plural: plural, for: number == 1 ? 1 : 0)
      sentence.append(.text(" " + word))
    }

    /// An address.
    package mutating func appendInterpolation(address: UInt64) {
      sentence.append(.address(address))
    }

    /// A moment by the trace's clock.
    package mutating func appendInterpolation(time: UInt64) { sentence.append(.time(time)) }

    /// The time between two moments by the trace's clock.
    package mutating func appendInterpolation(duration: UInt64) {
      sentence.append(.duration(duration))
    }

    /// A task's id.
    package mutating func appendInterpolation(task pid: Int32) { sentence.append(.task(pid)) }

    /// An error number and its name.
    package mutating func appendInterpolation(error number: Int64, name: String) {
      sentence.append(.error(number, name: name))
    }
  }
}
