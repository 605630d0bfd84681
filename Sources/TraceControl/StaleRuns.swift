import Glibc

/// What runs left behind that were killed.
package struct StaleRuns: Sendable {
  private let tracefs: Tracefs
  private let ownership: Ownership

  /// What was cleaned up.
  package struct Report: Hashable, Sendable {
    /// The instances that are gone.
    package var instances: [String] = []
    /// The probes that are gone, and those that somebody still uses.
    package var probes = ProbeRemoval()
    /// How many runs are live; their instances and all probes of runs stay.
    package var liveRuns = 0
    /// Instances that nobody owns but that cannot be removed, a line each.
    package var problems: [ControlError] = []

    package init() {}
  }

  package init(_ tracefs: Tracefs, ownership: Ownership = .pmtrace) {
    self.tracefs = tracefs
    self.ownership = ownership
  }

  /// Removes the instances of dead runs and, where no run is live, the probes of runs.
  package func clean() throws(ControlError) -> Report {
    let lock = try ControlLock.take(tracefs)
    return try clean(holding: lock)
  }

  func clean(holding lock: borrowing ControlLock) throws(ControlError) -> Report {
    var report = Report()
    for name in try SystemFiles.names(in: tracefs.path("instances"))
    where ownership.isInstanceName(name) || ownership.script(ofInstance: name) != nil {
      do throws(ControlError) {
        if try remove(name) { report.instances.append(name) } else { report.liveRuns += 1 }
      } catch {
        report.problems.append(error)
      }
    }
    if report.liveRuns == 0 && tracefs.has("dynamic_events") {
      report.probes = try Prober(tracefs, ownership: ownership).remove(.run, holding: lock)
    }
    return report
  }

  /// Removes an instance unless a live run holds it.
  private func remove(_ name: String) throws(ControlError) -> Bool {
    let path = tracefs.path("instances/\(name)")
    let directory = try SystemFiles.open(path, flags: O_RDONLY | O_DIRECTORY)
    guard flock(directory.number, LOCK_EX | LOCK_NB) == 0 else { return false }
    if let script = ownership.script(ofInstance: name), kill(script, 0) == 0 || errno != ESRCH {
      return false
    }
    guard rmdir(path) == 0 || errno == ENOENT else {
      throw ControlError.system("removing", path, errno)
    }
    return true
  }
}
