import Glibc

extension TraceInstance {
  /// The events that `SYSTEM:NAME` names, each part a pattern of a shell (`*`, `?`).
  ///
  /// - Throws: `ControlError` of code `noSuchEvent`, naming the nearest.
  package func events(matching text: String) throws(ControlError) -> [EventName] {
    try EventList(directory: directory).resolve(text)
  }

  /// Whether the kernel has the event.
  func has(_ event: EventName) -> Bool { SystemFiles.exists("\(directory)/\(event.path)/enable") }

  /// Enables events. `tracefs_event_enable` is not used: it takes patterns, not names, and compares
  /// every event of the kernel with them.
  package func enable(_ events: [EventName]) throws(ControlError) {
    for event in events { try set(event, to: "1", in: "enable") }
  }

  /// Events of these names are recorded no more.
  package func disable(_ events: [EventName]) throws(ControlError) {
    for event in events { try set(event, to: "0", in: "enable") }
  }

  /// Lets each of these events be followed by a stack trace of the kernel.
  ///
  /// - Throws: `ControlError` of code `refused` where the kernel has no such trigger.
  package func setStackTriggers(_ events: [EventName]) throws(ControlError) {
    for event in events { try set(event, to: "stacktrace", in: "trigger") }
  }

  private func set(
    _ event: EventName, to text: String, in file: String
  ) throws(ControlError) {
    let number = handle.write("\(event.path)/\(file)", text)
    switch number {
    case 0: return
    case ENOENT: _ = try events(matching: event.description)
    case EINVAL, ENODEV, EBUSY:
      throw ControlError(
        .refused,
        "\(directory)/\(event.path)/\(file) does not take \(text): "
          + ControlError.describe(number),
        advice: "leave \(event) out, or see \(tracefs.path("error_log"))")
    default: break
    }
    throw ControlError.system("writing", "\(directory)/\(event.path)/\(file)", number)
  }
}
