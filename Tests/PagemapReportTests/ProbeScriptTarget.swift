import Foundation
import PagemapEvents
import PagemapReport

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

/// A small program with a function to probe, and the script that records it.
struct Target {
  static let tracing = "/sys/kernel/tracing"

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
      if (count > 3) pause();
      return atoi(words[2]);
    }
    """

  /// nil, with a reason printed, where probes cannot be used here.
  init?() throws {
    let events = "\(Self.tracing)/uprobe_events"
    guard access(events, W_OK) == 0 else {
      print("skipped: \(events) cannot be written")
      return nil
    }
    guard Machine.has("gcc"), Machine.has("nm") else {
      print("skipped: gcc and nm are not installed")
      return nil
    }
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

  func start(_ shell: [String], _ words: [String]) throws -> Process {
    let script = try script()
    let process = Machine.process(
      shell + [script.path, "-o", output.path, "--", program.path] + words)
    process.standardError = FileHandle.nullDevice
    try Machine.start(process)
    return process
  }

  func lines() throws -> [String] {
    guard let text = try? String(contentsOf: output, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").map(String.init)
  }

  func add(_ definition: String) throws {
    _ = try Machine.run(
      ["sh", "-c", "echo '\(definition)' >> \(Self.tracing)/uprobe_events"])
  }

  /// The lines of `dynamic_events` that are its.
  var leftovers: [String] {
    let text = try? String(contentsOfFile: "\(Self.tracing)/dynamic_events", encoding: .utf8)
    return (text ?? "").split(separator: "\n").map(String.init).filter { $0.contains(group) }
  }

  func remove() {
    for line in leftovers {
      guard let probe = try? ProbeDefinition(line) else { continue }
      let shell = "echo '-:\(probe.group)/\(probe.event)' >> \(Self.tracing)/dynamic_events"
      _ = try? Machine.run(["sh", "-c", shell])
    }
    try? FileManager.default.removeItem(at: folder)
  }
}
