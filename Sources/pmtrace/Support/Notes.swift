import Glibc
import PagemapReport
import TraceControl
import TraceIngest

/// What `record` and `stream` say on standard error.
enum Notes {
  /// What is recorded.
  static func tellStart(of run: RecordingRun) {
    let probes = run.session.probes
    let usable = probes.count(where: \.isUsable)
    let others = run.session.events.count - usable
    var words: [String] = []
    if !probes.isEmpty {
      words.append("\(usable) of \(probes.count) probes")
      if usable < probes.count { words[0] += " ('pmtrace probes check' tells why)" }
    }
    if others > 0 { words.append("\(others) other events") }
    let stale = run.session.stale
    if !stale.instances.isEmpty {
      say("took away what \(stale.instances.count) killed runs had left in the kernel")
    }
    say("recording \(words.joined(separator: ", ")) on \(run.cpus.count) CPUs")
  }

  /// What was recorded.
  static func tellEnd(
    of run: RecordingRun, _ statistics: [StatisticsText], bytes: UInt64, path: String
  ) {
    let counters = statistics.compactMap(\.counters)
    let events = counters.reduce(0) { $0 + $1.readEvents + $1.entries }
    let lost = counters.reduce(0) { $0 + $1.overrun + $1.droppedEvents + $1.commitOverrun }
    say(
      "\(path): \(events) events, \(bytes >> 10) KiB of pages, "
        + (lost == 0 ? "none lost" : "\(lost) lost: give a larger --buffer-size"))
  }

  /// Why the command did not run.
  static func tellNoStart(of command: [String], _ number: Int32) {
    say("\(command.first ?? ""): cannot be started: \(String(cString: strerror(number)))")
  }

  /// Takes away what the run has set up; what cannot be, is told.
  static func finish(_ run: RecordingRun) {
    do throws(ControlError) {
      try run.finish()
    } catch {
      say("\(error)")
    }
  }

  private static func say(_ text: String) { Terminal.complain(text) }
}
