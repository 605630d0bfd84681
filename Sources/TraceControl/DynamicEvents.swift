import Glibc

/// The kernel's dynamic events, tracefs' `dynamic_events`.
///
/// libtracefs' `tracefs_dynevent_*` do not know fprobes and cannot add a line as it is, so the file
/// is used directly.
package struct DynamicEvents: Sendable {
  private let tracefs: Tracefs
  private var path: String { tracefs.path("dynamic_events") }

  /// Why the kernel did not take a definition.
  package struct Refusal: Hashable, Sendable {
    /// The definition, as it was written to `dynamic_events`.
    package var definition: String
    /// The kernel's reason, from its error log where it wrote one.
    package var reason: String
    /// The error number.
    package var number: Int32
  }

  package init(_ tracefs: Tracefs) { self.tracefs = tracefs }

  /// All that are there, also those of others.
  package func list() throws(ControlError) -> [DynamicEvent] {
    guard tracefs.has("dynamic_events") else { throw tracefs.noDynamicEvents }
    // The kernel gives a page at a time and lets others change the list in between, so that a line
    // may be missed: two readings must agree.
    var text = try SystemFiles.text(path)
    for _ in 0..<10 {
      let again = try SystemFiles.text(path)
      if again == text { break }
      text = again
    }
    return text.split(separator: "\n").compactMap { DynamicEvent($0) }
  }

  /// Adds one definition.
  ///
  /// - Returns: nil, or why the kernel refused it.
  /// - Throws: `ControlError` where the file cannot be used at all.
  package func add(_ definition: String) throws(ControlError) -> Refusal? {
    let before = errorLog
    let number = try write(definition)
    guard number != 0 else { return nil }
    let reason =
      errorLog.reason(for: definition, notIn: before) ?? missingKind(of: definition)
      ?? Self.reason(of: number)
    return Refusal(definition: definition, reason: reason, number: number)
  }

  /// Removes the event of this name.
  ///
  /// - Returns: nil, or why the kernel refused it.
  /// - Throws: `ControlError` where the file cannot be used at all.
  package func remove(_ name: EventName) throws(ControlError) -> Refusal? {
    let definition = "-:\(name.system)/\(name.event)"
    let number = try write(definition)
    guard number != 0 && number != ENOENT else { return nil }
    let reason =
      number == EBUSY ? "\(name) is enabled or has a trigger somewhere" : Self.reason(of: number)
    return Refusal(definition: definition, reason: reason, number: number)
  }

  /// The file is opened to append, or else the kernel would remove all that is there; and each
  /// definition goes by one write.
  private func write(_ definition: String) throws(ControlError) -> Int32 {
    guard !definition.contains(where: { $0 == "\n" || $0 == "\0" }) else { return EINVAL }
    let file = try SystemFiles.open(path, flags: O_WRONLY | O_APPEND)
    return SystemFiles.write(definition, to: file.number)
  }

  private var errorLog: ErrorLog {
    ErrorLog(SystemFiles.textIfReadable(tracefs.path("error_log")) ?? "")
  }

  /// What the kernel lacks for a kind of probe, of which it writes nothing to its log.
  private func missingKind(of definition: String) -> String? {
    guard let event = DynamicEvent(definition) else { return nil }
    switch event.kind {
    case "f", "t": return tracefs.hasFprobes ? nil : "this kernel has no fprobes"
    case "p", "r":
      let isUser = event.words.dropFirst().first?.first == "/"
      if isUser { return tracefs.hasUprobes ? nil : "this kernel has no uprobes" }
      return tracefs.hasKprobes ? nil : "this kernel has no kprobes"
    default: return nil
    }
  }

  private static func reason(of number: Int32) -> String {
    switch number {
    case ENOENT: "the function or file is not there"
    case EPERM: "the kernel does not permit it (lockdown)"
    default: ControlError.describe(number)
    }
  }
}
