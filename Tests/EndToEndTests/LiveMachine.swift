import Foundation
import TestSupport
import Testing

/// The running kernel's tracing, as far as the live tests need it and look at it.
enum LiveMachine {
  /// The tracing directory; nil where there is none that can be used.
  static let tracefs: String? = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].first {
    access("\($0)/dynamic_events", R_OK | W_OK) == 0 && access("\($0)/instances", W_OK) == 0
  }

  /// The traced program, built once for all tests.
  static let target = Result { try LiveTarget() }

  /// Why the live tests cannot run here; nil where they can.
  static let obstacle: String? = {
    for tool in ["/usr/bin/gcc", "/usr/bin/trace-cmd", "/usr/bin/readelf"] {
      guard access(tool, X_OK) == 0 else { return "\(tool) is not there" }
    }
    guard let tracefs else { return "no tracefs that this user may write to is mounted" }
    guard access("\(tracefs)/uprobe_events", F_OK) == 0 else {
      return "the kernel has no uprobe events"
    }
    if case .failure(let error) = target { return "the traced program cannot be built: \(error)" }
    return nil
  }()

  /// Taken by the first test and held to the process's end: tests of two checkouts that run at once
  /// would find each other's probes.
  static let turn: Int32 = {
    let file = open("/tmp/pmtrace-live-tests.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    while flock(file, LOCK_EX) != 0 && errno == EINTR {}
    return file
  }()

  /// What the tests find before and have to find behind a run: probes and instances of the groups and
  /// names that are theirs. Others may use tracefs at the same time.
  struct Traces: Hashable, CustomStringConvertible {
    var probes: [String]
    var instances: [String]
    var description: String { "\(probes.count) probes \(probes.prefix(2)), instances \(instances)" }
  }

  /// What is there now.
  static func traces() throws -> Traces {
    let tracefs = try #require(tracefs)
    let events = try String(contentsOfFile: "\(tracefs)/dynamic_events", encoding: .utf8)
    return Traces(
      probes: events.split(separator: "\n").map(String.init).filter {
        $0.contains(":drm_pagemap/") || $0.contains(":drm_gpusvm/")
      },
      instances: try FileManager.default.contentsOfDirectory(atPath: "\(tracefs)/instances")
        .filter { $0.hasPrefix("pmtrace-") && !$0.hasPrefix("pmtrace-script-") }.sorted())
  }

  /// Ends the processes that run the traced program: what a killed run left behind.
  static func killTargets() throws {
    let program = try target.get().program
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
      guard let pid = Int32(name) else { continue }
      let executable = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/\(pid)/exe")
      if executable == program { kill(pid, SIGKILL) }
    }
  }
}

/// Tests on the running kernel's ring buffer: `pmtrace record` and `stream` on a program that is to
/// uprobes what drm_pagemap is to kernel probes. Tracefs is one for all, so they run one by one.
@Suite(
  .serialized,
  .enabled(if: LiveMachine.obstacle == nil, Comment(rawValue: LiveMachine.obstacle ?? "")))
struct LiveTests {}
