/// An event of the kernel: its system (group) and its name.
package struct EventName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The system, for example `sched`.
  package var system: String
  /// The event's own name, for example `sched_switch`.
  package var event: String

  package init(system: String, event: String) {
    self.system = system
    self.event = event
  }

  package var description: String { "\(system):\(event)" }

  package static func < (left: Self, right: Self) -> Bool {
    (left.system, left.event) < (right.system, right.event)
  }

  /// Its directory below a tracing directory.
  var path: String { "events/\(system)/\(event)" }
}

/// A pattern of a shell: `*`, `?` and nothing else.
struct Glob {
  private let pattern: [Character]
  init(_ pattern: some StringProtocol) { self.pattern = Array(pattern) }

  /// Whether it can match more than one text.
  var isPattern: Bool { pattern.contains { $0 == "*" || $0 == "?" } }

  /// Whether the whole text matches.
  func matches(_ text: String) -> Bool {
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

/// Names the one that was probably meant.
package enum Nearest {
  /// The name with the fewest letters to change, the first of equals; nil where none is near.
  package static func to(_ wanted: String, among names: some Sequence<String>) -> String? {
    var best: (name: String, distance: Int)?
    for name in names {
      let distance = distance(wanted, name, limit: best.map { $0.distance } ?? Int.max)
      if distance < best?.distance ?? Int.max { best = (name, distance) }
    }
    guard let best, best.distance <= max(2, wanted.count / 3) else { return nil }
    return best.name
  }

  /// The Levenshtein distance; anything not below `limit` where it is not below.
  private static func distance(_ left: String, _ right: String, limit: Int) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    guard abs(left.count - right.count) < limit else { return limit }
    var row = Array(0...right.count)
    for (i, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let change = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
