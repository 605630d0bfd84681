/// A pattern of a shell: `*`, `?` and nothing else.
package struct Glob: Hashable, Sendable {
  private let pattern: [Character]

  package init(_ pattern: some StringProtocol) { self.pattern = Array(pattern) }

  /// Whether it can match more than one text.
  package var isPattern: Bool { pattern.contains { $0 == "*" || $0 == "?" } }

  /// Whether the whole text matches.
  package func matches(_ text: String) -> Bool {
    let text = Array(text)
    var place = 0
    var index = 0
    var star: (place: Int, index: Int)?
    while index < text.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (place, index)
        place += 1
      } else if place < pattern.count, pattern[place] == "?" || pattern[place] == text[index] {
        place += 1
        index += 1
      } else if let last = star {
        star = (last.place, last.index + 1)
        place = last.place + 1
        index = last.index + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}
