/// Words with values in them: what a rule has to say, before a report prints it.
///
/// A rule writes `"the last VM left at \(time: left.time)"`. The time stays a number, so that the
/// report can print it by the clock of its trace.
package struct Sentence: Hashable, Sendable {
  /// A stretch of words, or a value between them.
  package enum Part: Hashable, Sendable {
    /// Words that are the same in every report, and names of the trace.
    case text(String)
    /// How many.
    case count(UInt64)
    /// A number that may be negative.
    case number(Int64)
    /// An address, or another number that the kernel prints in hexadecimal.
    case address(UInt64)
    /// A moment by the trace's clock.
    case time(UInt64)
    /// The time between two moments by the trace's clock.
    case duration(UInt64)
    /// An error number as the kernel has it, positive, and its name.
    case error(Int64, name: String)
    /// A task, by its id.
    case task(Int32)
  }

  /// The parts in their order. No two stretches of words stand side by side, and none is empty.
  package private(set) var parts: [Part] = []

  package init() {}

  /// Words without values, which may come from the trace.
  package init(_ text: String) { append(.text(text)) }

  /// Whether it says nothing.
  package var isEmpty: Bool { parts.isEmpty }

  /// Adds a part at the end.
  package mutating func append(_ part: Part) {
    guard case .text(let text) = part else { return parts.append(part) }
    guard !text.isEmpty else { return }
    if case .text(let last) = parts.last {
      parts[parts.count - 1] = .text(last + text)
    } else {
      parts.append(part)
    }
  }

  /// Adds another one at the end.
  package mutating func append(_ other: Sentence) {
    for part in other.parts { append(part) }
  }

  /// What a report prints, by the clock of its trace.
  package func text(_ time: TimeFormat) -> String {
    // Most sentences are words alone.
    if parts.count == 1, case .text(let text) = parts[0] { return text }
    return parts.map { Self.text($0, time) }.joined()
  }

  private static func text(_ part: Part, _ time: TimeFormat) -> String {
    switch part {
    case .text(let text): text
    case .count(let count): String(count)
    case .number(let number): String(number)
    case .address(let address): Format.address(address)
    case .time(let stamp): time.clause(stamp)
    case .duration(let duration): time.roughDuration(duration)
    case .error(_, let name): name
    case .task(let pid): String(pid)
    }
  }

  package static func + (one: Sentence, other: Sentence) -> Sentence {
    var sum = one
    sum.append(other)
    return sum
  }

  package static func += (one: inout Sentence, other: Sentence) { one.append(other) }
}

extension [Sentence] {
  /// All of them as one, with `separator` between two.
  package func joined(separator: Sentence = Sentence()) -> Sentence {
    var whole = Sentence()
    for (place, sentence) in enumerated() {
      if place > 0 { whole.append(separator) }
      whole.append(sentence)
    }
    return whole
  }
}

/// Where a sentence ends up in a string without a clock, its values show for what they are.
extension Sentence: CustomDebugStringConvertible {
  package var debugDescription: String {
    parts.map { part in
      if case .text(let text) = part { return text }
      return "<\(part)>"
    }.joined()
  }
}
