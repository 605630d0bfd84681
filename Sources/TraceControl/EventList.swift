import NameMatching

/// The events that a tracing directory has, found by their directories.
struct EventList {
  private let directory: String

  /// - Parameter directory: a tracing directory, the top one or an instance's.
  init(directory: String) { self.directory = directory }

  /// The events that `SYSTEM:NAME` names, each part a pattern of a shell (`*`, `?`), sorted.
  ///
  /// - Throws: `ControlError` of code `noSuchEvent` where there is none, naming the nearest.
  func resolve(_ text: String) throws(ControlError) -> [EventName] {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !text.contains("/") else {
      throw ControlError(
        .noSuchEvent, "\(text) names no event", advice: "name it SYSTEM:NAME, as sched:sched_switch"
      )
    }
    let systems = try systems()
    let system = Glob(parts[0])
    let wanted = systems.filter(system.matches)
    let event = Glob(parts[1])
    var found: [EventName] = []
    for name in wanted {
      for candidate in try events(of: name) where event.matches(candidate) {
        found.append(EventName(system: name, event: candidate))
      }
    }
    guard found.isEmpty else { return found }
    throw try noSuchEvent(text, systems: systems, wanted: wanted)
  }

  private func noSuchEvent(
    _ text: String, systems: [String], wanted: [String]
  ) throws(ControlError) -> ControlError {
    var names: [String] = []
    for system in wanted.isEmpty ? systems : wanted {
      names += try events(of: system).map { "\(system):\($0)" }
    }
    let nearest = Nearest.to(text, among: names)
    return ControlError(
      .noSuchEvent, "this kernel has no event \(text)",
      advice: nearest.map { "the nearest is \($0)" } ?? "see \(directory)/available_events")
  }

  private func systems() throws(ControlError) -> [String] {
    try SystemFiles.names(in: "\(directory)/events").filter {
      SystemFiles.isDirectory("\(directory)/events/\($0)")
    }
  }

  /// The names of a system's events.
  func events(of system: String) throws(ControlError) -> [String] {
    let path = "\(directory)/events/\(system)"
    return try SystemFiles.names(in: path).filter { SystemFiles.exists("\(path)/\($0)/format") }
  }
}
