/// A line of `dynamic_events`.
package struct DynamicEvent: Hashable, Sendable {
  /// Its group and name.
  package var name: EventName
  /// The whole line.
  package var definition: String

  /// Parses a line `KIND:GROUP/EVENT PLACE ARGUMENTS`; nil where it is not one.
  package init?(_ line: some StringProtocol) {
    guard let head = line.split(whereSeparator: \.isWhitespace).first,
      let colon = head.firstIndex(of: ":"), colon != head.startIndex
    else { return nil }
    // The kernel takes a dot as well.
    let parts = head[head.index(after: colon)...].split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "/" || $0 == "." })
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    name = EventName(system: String(parts[0]), event: String(parts[1]))
    definition = String(line)
  }

  /// The definition's words.
  var words: [Substring] { definition.split(whereSeparator: \.isWhitespace) }

  /// The letters before the colon and number: `p`, `r`, `f`, `t`, `e` or `s`.
  var kind: Character { definition.first ?? " " }

  /// The file that a uprobe is on; nil for probes of the kernel.
  var program: String? {
    guard words.count > 1, words[1].hasPrefix("/"), let colon = words[1].lastIndex(of: ":") else {
      return nil
    }
    return String(words[1][..<colon])
  }

  /// The definition with one more argument. A filter (`if …`, of an event probe) stays last.
  func marked(_ marker: String?) -> String {
    guard let marker else { return definition }
    var words = words
    words.insert(Substring(marker), at: words.firstIndex(of: "if") ?? words.endIndex)
    return words.joined(separator: " ")
  }
}

/// A probe that is wanted, with the definitions that may serve, the preferred one first.
package struct WantedProbe: Hashable, Sendable {
  /// The group and name of the preferred definition.
  package var name: EventName
  /// Definitions as `dynamic_events` takes them; others than the first may have other names.
  package var candidates: [String]

  package init(group: String, event: String, candidates: [String]) {
    name = EventName(system: group, event: event)
    self.candidates = candidates
  }
}
