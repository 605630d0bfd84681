import Foundation
import Testing

/// Runs the built command as a user's shell would.
enum Command {
  /// What a run left behind.
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The binary, which is built into the folder of the tests' own.
  static let binary: URL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "pmtrace")

  /// Runs the command with these arguments, in a folder of its own and with nothing on standard input
  /// but `input`.
  static func run(_ arguments: String..., input: [UInt8] = []) throws -> Result {
    try run(all: arguments, input: input)
  }

  /// The same with a list.
  static func run(all arguments: [String], input: [UInt8] = []) throws -> Result {
    try execute(binary, arguments, input: input)
  }

  /// Runs a line of the shell in which `$PMTRACE` is the command.
  static func shell(_ line: String, in folder: URL) throws -> Result {
    try execute(URL(filePath: "/bin/sh"), ["-c", line], input: [], folder: folder)
  }

  private static func execute(
    _ executable: URL, _ arguments: [String], input: [UInt8], folder: URL? = nil
  ) throws -> Result {
    let output = try Scratch()
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin", "PMTRACE": binary.path, "TERM": "xterm"]
    process.currentDirectoryURL = folder ?? output.folder
    let paths = try ["in", "out", "err"].map { try output.file($0, $0 == "in" ? input : []) }
    process.standardInput = try FileHandle(forReadingFrom: paths[0])
    process.standardOutput = try FileHandle(forWritingTo: paths[1])
    process.standardError = try FileHandle(forWritingTo: paths[2])
    try process.run()
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return Result(
      status: process.terminationStatus + (isSignal ? 128 : 0),
      output: try String(contentsOf: paths[1], encoding: .utf8),
      errors: try String(contentsOf: paths[2], encoding: .utf8))
  }
}

/// A folder of a test's own, gone when the test is.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pmtrace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A file in the folder with these bytes.
  func file(_ name: String, _ bytes: [UInt8]) throws -> URL {
    let url = folder.appending(path: name)
    try Data(bytes).write(to: url)
    return url
  }

  /// A program in the folder. Another process writes it: what is open for writing here is so for a
  /// moment in every program that other tests start, and may not be run until then.
  func program(_ name: String, _ text: String) throws {
    _ = try file("program.text", Array(text.utf8))
    let line = "cp program.text '\(name)' && chmod 755 '\(name)' && rm program.text"
    let run = try Command.shell(line, in: folder)
    #expect(run.status == 0, "\(run.errors)")
  }

  /// What the folder holds.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }
}
