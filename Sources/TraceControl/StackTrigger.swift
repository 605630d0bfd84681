import Glibc

/// The stack trace that follows an event in every ring buffer but those of instances.
struct StackTrigger {
  private let event: EventName
  private let path: String

  init(_ event: EventName, _ tracefs: Tracefs) {
    self.event = event
    path = tracefs.path("\(event.path)/trigger")
  }

  private var isSet: Bool {
    SystemFiles.textIfReadable(path)?.split(separator: "\n").contains {
      $0.hasPrefix("stacktrace")
    } ?? false
  }

  /// Sets it where it is not set.
  func set() throws(ControlError) {
    guard !isSet else { return }
    let number = try write("stacktrace")
    guard number == 0 else {
      throw ControlError(
        .refused, "\(path) does not take stacktrace: \(ControlError.describe(number))",
        advice: "do without stack traces")
    }
  }

  /// Clears it where it is set, and leaves other triggers.
  func clear() {
    // An event that keeps its trigger cannot be removed, which is told then.
    if isSet { _ = try? write("!stacktrace") }
  }

  /// To open the file with O_TRUNC would clear all triggers.
  private func write(_ text: String) throws(ControlError) -> Int32 {
    let file = try SystemFiles.open(path, flags: O_WRONLY)
    return SystemFiles.write(text, to: file.number)
  }
}
