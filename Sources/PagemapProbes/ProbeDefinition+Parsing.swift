extension ProbeDefinition {
  /// Why a line is no definition.
  package struct SyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line's number in its file, from 1.
    package var line: Int
    /// What is wrong with it, in one line.
    package var reason: String

    package var description: String { "line \(line): \(reason)" }
  }

  /// Reads a definition as tracefs takes it or prints it back.
  ///
  /// - Throws: what is wrong with it. The kernel may refuse what this takes.
  package init(_ text: String) throws(SyntaxError) {
    let words = text.split { $0 == " " || $0 == "\t" }.map(String.init)
    func fail(_ reason: String) -> SyntaxError { SyntaxError(line: 1, reason: reason) }
    guard let first = words.first else { throw fail("a definition is missing") }
    guard let type = first.first, "fprtes".contains(type) else {
      throw fail("\(first) begins with none of f: p: r: t: e:")
    }
    guard let colon = first.firstIndex(of: ":") else {
      throw fail("\(first) names no event: \(type):GROUP/EVENT")
    }
    let limit = first[first.index(after: first.startIndex)..<colon]
    guard limit.allSatisfy(\.isNumber) else { throw fail("\(first) has no number behind \(type)") }
    let name = first[first.index(after: colon)...].split(
      separator: "/", omittingEmptySubsequences: false)
    guard let event = name.last, name.count <= 2, name.allSatisfy(Self.isName) else {
      throw fail("\(first) names no event: \(type):GROUP/EVENT, of letters, digits and _")
    }
    guard words.count > 1 else { throw fail("\(first) says nothing of what is probed") }
    self.init(
      type: type, limit: String(limit), group: "", event: String(event), target: words[1],
      arguments: Array(words.dropFirst(2)))
    group = name.count == 2 ? String(name[0]) : usualGroup
  }

  /// Reads a file of definitions, one a line; empty lines and those that begin with `#` are none.
  ///
  /// - Throws: what is wrong with the first line that is none, or that an event is there twice.
  package static func file(_ text: String) throws(SyntaxError) -> [ProbeDefinition] {
    var probes: [ProbeDefinition] = []
    var seen: Set<String> = []
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (index, line) in lines.enumerated() {
      let words = line.drop { $0 == " " || $0 == "\t" }
      if words.isEmpty || words.hasPrefix("#") { continue }
      do throws(SyntaxError) {
        let probe = try ProbeDefinition(String(words))
        guard seen.insert(probe.name).inserted else {
          throw SyntaxError(line: 1, reason: "\(probe.name) is defined twice")
        }
        probes.append(probe)
      } catch {
        throw SyntaxError(line: index + 1, reason: error.reason)
      }
    }
    return probes
  }

  /// The group that the kernel takes where a definition names none.
  private var usualGroup: String {
    switch type {
    case "f", "t": "fprobes"
    case "e": "eprobes"
    case "s": "synthetic"
    default: isUser ? "uprobes" : "kprobes"
    }
  }

  /// Whether the kernel takes it as a group's or an event's name: a C identifier of at most 63 bytes.
  private static func isName(_ name: Substring) -> Bool {
    guard let first = name.utf8.first, name.utf8.count < 64 else { return false }
    let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    return !isDigit && name.utf8.allSatisfy(isNameByte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
