import Foundation
import Testing
import TraceIngest

@testable import TraceControl

/// The tracefs of this machine. Others use it as well: everything that a test adds has a name of
/// its own, and only those names are looked at.
enum RealTracefs {
  /// Why the tests cannot use it; nil where they can.
  static let obstacle: String? = {
    do {
      let tracefs = try Tracefs.locate()
      try tracefs.requireInstances()
      try tracefs.requireProbes()
      guard tracefs.abilities.uprobes else { return "this kernel has no uprobe events" }
    } catch {
      return "\(error)"
    }
    return TracedProgram.shared == nil ? "gcc and nm are needed to build the traced program" : nil
  }()

  static var isUsable: Bool { obstacle == nil }
}

extension Trait where Self == ConditionTrait {
  /// Skips, and says why, where the kernel cannot be traced.
  static var needsTracefs: Self {
    .enabled(if: RealTracefs.isUsable, "\(RealTracefs.obstacle ?? "")")
  }
}

/// A small program with functions to put uprobes on.
struct TracedProgram: Sendable {
  let path: String
  private let offsets: [String: String]

  static let shared: TracedProgram? = try? TracedProgram()

  private static let source = """
    #include <stdlib.h>
    #include <unistd.h>
    __attribute__((noinline)) int take(long a) { __asm__ volatile(""); return a + 1; }
    __attribute__((noinline)) int give(long a) { __asm__ volatile(""); return a - 1; }
    int main(int count, char **words) {
      int sum = 0;
      for (long i = count > 1 ? atol(words[1]) : 1; i > 0; i--) sum += take(i) + give(i);
      return count > 2 ? atoi(words[2]) : 0 * sum;
    }
    """

  private static let folder = FileManager.default.temporaryDirectory
    .appending(path: "pmctl-\(UUID().uuidString)")

  private init() throws {
    let folder = Self.folder
    atexit { try? FileManager.default.removeItem(at: TracedProgram.folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let code = folder.appending(path: "traced.c")
    try Self.source.write(to: code, atomically: false, encoding: .utf8)
    path = folder.appending(path: "traced").path
    try run("gcc", ["-O1", "-o", path, code.path])
    var offsets: [String: String] = [:]
    for line in try run("nm", [path]).split(separator: "\n") {
      let words = line.split(separator: " ")
      // The text of a position-independent program is mapped where it lies in the file.
      if words.count == 3, words[1] == "T" { offsets[String(words[2])] = "0x\(words[0])" }
    }
    self.offsets = offsets
  }

  /// A copy, whose probes are not met by who runs the original.
  func copy(named name: String) throws -> TracedProgram {
    let copy = "\(path)-\(name)"
    if !FileManager.default.fileExists(atPath: copy) {
      // Another process writes it: nobody could run what a program of another test has open for writing.
      try TraceControlTests.run("cp", [path, copy])
    }
    return TracedProgram(path: copy, offsets: offsets)
  }

  private init(path: String, offsets: [String: String]) {
    self.path = path
    self.offsets = offsets
  }

  /// A definition of a uprobe on one of its functions.
  func definition(_ name: EventName, on function: String, _ arguments: String = "") -> String {
    "p:\(name.system)/\(name.event) \(path):\(offsets[function] ?? "?") \(arguments)"
      .trimmingCharacters(in: .whitespaces)
  }

  /// A probe on one of its functions.
  func probe(_ group: String, _ function: String) -> WantedProbe {
    let name = EventName(system: group, event: function)
    return WantedProbe(
      group: group, event: function, candidates: [definition(name, on: function, "a=%di:s64")])
  }
}

/// Runs a program to its end and returns what it printed.
@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> String {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [program] + arguments
  let output = Pipe()
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  try process.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
  return String(decoding: data, as: UTF8.self)
}

/// Names that only one test uses, in one process, and what it finds under them.
struct Corner: Sendable {
  /// What a process's names have in common. An earlier process had its pid, and may have been killed.
  private static let own = "pmctl_\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"

  let tracefs: Tracefs
  let program: TracedProgram
  let ownership: Ownership
  var group: String { ownership.name }

  init(_ test: String) throws {
    tracefs = try Tracefs.locate()
    ownership = Ownership(name: "\(Self.own)_\(test)")
    program = try #require(TracedProgram.shared).copy(named: test)
  }

  var prober: Prober { Prober(tracefs, ownership: ownership) }
  var events: DynamicEvents { DynamicEvents(tracefs) }

  /// The lines of its group in `dynamic_events`.
  func lines() throws -> [String] {
    try events.list().filter { $0.name.system == group }.map(\.definition).sorted()
  }

  /// Its instances.
  func instances() throws -> [String] {
    try SystemFiles.names(in: tracefs.path("instances")).filter { $0.hasPrefix(group) }
  }

  func name(_ event: String) -> EventName { EventName(system: group, event: event) }

  func configuration(_ functions: String...) -> TracingConfiguration {
    var configuration = TracingConfiguration()
    configuration.ownership = ownership
    configuration.probes = functions.map { program.probe(group, $0) }
    return configuration
  }

  /// Calls each function of the program `count` times.
  func exercise(_ count: Int) throws { try run(program.path, ["\(count)"]) }
}

extension TraceInstance {
  /// The events that are in the buffers.
  func entries() throws -> UInt64 {
    var sum: UInt64 = 0
    for cpu in try cpus() { sum += try statistics(ofCPU: cpu).counters.entries }
    return sum
  }
}
