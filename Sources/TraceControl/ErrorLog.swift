/// The last complaints of the kernel about definitions, tracefs' `error_log`.
struct ErrorLog: Equatable {
  /// A complaint of the kernel about one definition.
  struct Entry: Equatable {
    /// What is wrong, without the time and the part of the kernel.
    var message: String
    /// The definition it is about.
    var command: String
    /// Its first line, which tells it from the others.
    var stamp: String
  }

  private(set) var entries: [Entry] = []

  /// Parses the file: a line `[  TIME] PART: error: MESSAGE`, then `Command: TEXT`, then a caret.
  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let trimmed = line.drop { $0 == " " }
      if trimmed.hasPrefix("["), let end = line.firstRange(of: ": error: ") {
        entries.append(
          Entry(message: String(line[end.upperBound...]), command: "", stamp: String(line)))
      } else if trimmed.hasPrefix("Command: "), !entries.isEmpty {
        entries[entries.count - 1].command = String(trimmed.dropFirst("Command: ".count))
      }
    }
  }

  /// The newest complaint about a definition that was not yet there `before`.
  ///
  /// The log is shared by all who trace, so nobody's entries are cleared: new is what stands
  /// behind the entry that was last, or everything where the kernel dropped that one.
  func reason(for definition: String, notIn before: ErrorLog) -> String? {
    var new = entries[...]
    if let last = before.entries.last, let place = entries.lastIndex(of: last) {
      new = entries[(place + 1)...]
    }
    let head = definition.split(whereSeparator: \.isWhitespace).first
    return new.last { $0.command.split(whereSeparator: \.isWhitespace).first == head }?.message
  }
}
