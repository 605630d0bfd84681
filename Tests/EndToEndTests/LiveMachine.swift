import Foundation
import TestSupport
import Testing

/// The running kernel's tracing, as far as the live tests need it and look at it.
enum LiveMachine {
  /// The tracing directory; nil where there is none that can be used.
  static var tracefs: String? { TracefsTurn.tracefs }

  /// The traced program, built once for all tests, and gone with their process.
  static let target: Result<LiveTarget, any Error> = Result {
    let target = try LiveTarget()
    atexit {
      if case .success(let target) = LiveMachine.target { target.remove() }
    }
    return target
  }

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

  /// Whether this user may let a program go before all others.
  static let hasUrgency: Bool = {
    let chrt = "/usr/bin/chrt"
    let run = access(chrt, X_OK) == 0 ? try? LiveRun(chrt, ["--fifo", "1", "/bin/true"]) : nil
    return (try? run?.end()) == 0
  }()

  /// What is in tracefs of the groups and names that are these tests'. Others may use it, too.
  struct Traces: Hashable, CustomStringConvertible {
    var probes: Set<String>
    var instances: Set<String>
    var description: String {
      "\(probes.count) probes \(probes.sorted().prefix(2)), instances \(instances.sorted())"
    }

    /// Whether nothing was added to what was there before, and nothing taken away but what pmtrace
    /// itself had left there.
    func isClean(since before: Traces) -> Bool {
      probes.isSubset(of: before.probes) && instances.isSubset(of: before.instances)
        && before.probes.subtracting(probes).allSatisfy { $0.contains(" pmtrace=") }
    }
  }

  /// What is there now.
  static func traces() throws -> Traces {
    let tracefs = try #require(tracefs)
    return Traces(
      probes: Set(
        try text("\(tracefs)/dynamic_events").split(separator: "\n").map(String.init).filter {
          $0.contains(":drm_pagemap/") || $0.contains(":drm_gpusvm/")
        }),
      instances: Set(
        try FileManager.default.contentsOfDirectory(atPath: "\(tracefs)/instances")
          .filter { $0.hasPrefix("pmtrace-") && !$0.hasPrefix("pmtrace-script-") }))
  }

  /// How many events the run with this pid has taken from its ring buffer so far.
  static func eventsRead(_ pid: Int32) -> Int {
    guard let tracefs else { return 0 }
    let cpus = "\(tracefs)/instances/pmtrace-\(pid)/per_cpu"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: cpus)) ?? []
    let lines = names.flatMap { name in
      ((try? text("\(cpus)/\(name)/stats")) ?? "").split(separator: "\n")
    }
    return lines.filter { $0.hasPrefix("read events:") }
      .reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
  }

  /// A file of tracefs: its size is told as 0, and a read gives a page of it at most.
  private static func text(_ path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var page = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(descriptor, &page, page.count), count > 0 {
      bytes += page.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
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
