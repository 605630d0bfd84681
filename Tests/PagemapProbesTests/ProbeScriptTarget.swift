import Foundation
import PagemapEvents
import PagemapProbes
import TestSupport

/// Running programs.
enum Machine {
  struct Run {
    var status: Int32
    var output: String
    var errors: String
  }

  static func has(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
  }

  static func process(_ command: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// Starts it with no signal blocked, which the threads of tests have: a child inherits that.
  static func start(_ process: Process) throws {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
  }

  static func run(_ command: [String]) throws -> Run {
    let process = process(command)
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try start(process)
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let talk = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Run(status: process.terminationStatus, output: text, errors: talk)
  }

  static func file(_ bytes: [UInt8], _ name: String) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString)-\(name)")
    try Data(bytes).write(to: url)
    return url
  }
}

/// A program in the background, which may be killed while its children live on.
struct Background {
  let pid: pid_t

  /// Starts it with no signal blocked, its output dropped and nothing open of what other tests have.
  init(_ command: [String]) throws {
    var attributes = posix_spawnattr_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
      guard let descriptor = Int32(name), descriptor > 2 else { continue }
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var words = command.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var pid: pid_t = 0
    let error = posix_spawn(&pid, command[0], &actions, &attributes, &words, environ)
    guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EINVAL) }
    self.pid = pid
  }

  /// Sends a signal, and answers with the status as a shell has it, 128 and the signal's number
  /// where it was killed.
  func end(by signal: Int32) -> Int32 {
    kill(pid, signal)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }
}

/// A small program with a function to probe, and the script that records it. Its recording counts as a
/// run of pmtrace, so that there is one at a time.
struct Target {
  static let tracing = "/sys/kernel/tracing"

  private let turn: TracefsTurn
  let folder: URL
  let group: String
  /// Where its function is, as tracefs takes it.
  let address: String
  var program: URL { folder.appending(path: "put\(group)") }
  var output: URL { folder.appending(path: "out.txt") }

  /// `PROGRAM REFERENCES STATUS [wait]` puts so many references.
  private static let source = """
    #include <stdlib.h>
    #include <unistd.h>
    struct pagemap { void *ops; int ref; };
    __attribute__((noinline)) int put(struct pagemap *pagemap) {
      __asm__ volatile("");
      return pagemap->ref--;
    }
    int main(int count, char **words) {
      struct pagemap pagemap = { 0, atoi(words[1]) };
      while (pagemap.ref > 0) put(&pagemap);
      if (count > 3) sleep(600);
      return atoi(words[2]);
    }
    """

  /// Why probes cannot be used here; nil where they can.
  static let obstacle: String? = {
    let events = "\(tracing)/uprobe_events"
    guard access(events, W_OK) == 0 else { return "\(events) cannot be written" }
    return Machine.has("gcc") && Machine.has("nm") ? nil : "gcc and nm are not installed"
  }()

  init() async throws {
    turn = try await TracefsTurn()
    folder = FileManager.default.temporaryDirectory.appending(path: "pmtrace-\(UUID().uuidString)")
    group = "script_\(getpid())_\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let program = folder.appending(path: "put\(group)")
    let code = folder.appending(path: "put.c")
    try Data(Self.source.utf8).write(to: code)
    _ = try Machine.run(["gcc", "-O1", "-o", program.path, code.path])
    let symbols = try Machine.run(["nm", program.path]).output.split(separator: "\n")
    let offset = symbols.first { $0.hasSuffix(" T put") }?.prefix(16)
    address = "\(program.path):0x\(offset.map(String.init) ?? "0")"
  }

  /// The script for its probes; the first definition of one is none that the kernel takes.
  func script(_ flavour: ProbeScript.Flavour = .sh) throws -> URL {
    let probes = try [
      [
        "f:\(group)/put no_such_function pagemap",
        "p:\(group)/put \(address) pagemap=%di:x64 ref=+8(%di):s32",
      ],
      ["r:\(group)/put_ret \(address) ret=$retval:s32"],
    ].map { try $0.map { try ProbeDefinition($0) } }
    let url = folder.appending(path: "record.sh")
    try Data(ProbeScript.render(probes, title: "a program", as: flavour)).write(to: url)
    return url
  }

  func record(
    _ shell: [String], _ words: [String], as flavour: ProbeScript.Flavour = .sh
  ) throws -> Machine.Run {
    let script = try script(flavour)
    return try Machine.run(
      shell + [script.path, "-o", output.path, "--", program.path] + words)
  }

  /// Starts a recording of the program, which waits when it has put its one reference.
  func start() throws -> Background {
    let script = try script()
    return try Background(
      ["/bin/sh", script.path, "-o", output.path, "--", program.path, "1", "0", "wait"])
  }

  func lines() throws -> [String] {
    guard let text = try? String(contentsOf: output, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").map(String.init)
  }

  /// Waits until something was recorded.
  func awaitLines() throws {
    for _ in 0..<6000 {
      guard try lines().isEmpty else { return }
      usleep(50_000)
    }
  }

  func add(_ definition: String) throws {
    _ = try Machine.run(
      ["sh", "-c", "echo '\(definition)' >> \(Self.tracing)/uprobe_events"])
  }

  /// The names of its events that are there.
  var leftovers: [String] {
    let folder = "\(Self.tracing)/events/\(group)"
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    return (names ?? []).filter { $0.hasPrefix("put") }.sorted()
  }

  func remove() {
    for event in leftovers {
      let shell = "echo '-:\(group)/\(event)' >> \(Self.tracing)/dynamic_events"
      _ = try? Machine.run(["sh", "-c", shell])
    }
    try? FileManager.default.removeItem(at: folder)
  }
}
