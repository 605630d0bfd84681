import Foundation
import TestSupport
import Testing
import TraceIngest

/// Compares with libtracecmd, where that is installed: CPU, stamp, id and size of every record.
@Suite struct OracleTests {
  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The compiled oracle; nil, with a printed reason, where it cannot be built.
  private static let oracle: Oracle? = {
    do {
      return try Oracle(source: repository.appendingPathComponent("Tests/Oracle/oracle.c"))
    } catch {
      print("skipped: the comparison with libtracecmd needs cc, pkg-config and libtracecmd-dev")
      return nil
    }
  }()

  static let recordings: [String] = {
    let folder = repository.appendingPathComponent("fixtures/recordings").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".dat") }.sorted().map { folder + "/" + $0 }
  }()

  private func lines(_ path: String) throws -> String {
    try ReadTrace(path: path).events.filter { $0.buffer == 0 }
      .map { "\($0.cpu) \($0.timestamp) \($0.id) \($0.payload.count)\n" }.joined()
  }

  @Test(arguments: recordings)
  func recordingsEqual(path: String) throws {
    guard let oracle = Self.oracle else { return }
    #expect(try lines(path) == oracle.records(of: path))
    let ledger = try ReadTrace(path: path).ledger
    #expect(ledger.damage == [])
  }

  @Test(arguments: recordings)
  func conversionsEqual(path: String) throws {
    guard let oracle = Self.oracle else { return }
    for (version, compression) in [("6", "none"), ("7", "none"), ("7", "zstd")] {
      let copy = try TemporaryFile([])
      let converted = try? Oracle.run(
        "trace-cmd",
        [
          "convert", "-i", path, "-o", copy.path, "--file-version", version, "--compression",
          compression,
        ])
      guard converted != nil else {
        print("skipped: no trace-cmd that converts")
        return
      }
      #expect(try lines(copy.path) == oracle.records(of: copy.path), "\(version) \(compression)")
      #expect(try ReadTrace(path: copy.path).ledger.damage == [])
    }
  }

  /// Version 7 in zlib is left out: libtracecmd 3.1 does not read it.
  @Test(arguments: [TraceDatBuilder.Container.version6, .version7(.none), .version7(.zstd)])
  func composedTracesEqual(container: TraceDatBuilder.Container) throws {
    guard let oracle = Self.oracle else { return }
    let shapes: [(String, (inout TraceDatBuilder) -> Void)] = [
      ("plain", { _ in }),
      ("big-endian", { $0.isBigEndian = true }),
      ("long of 4", { $0.longSize = 4 }),
      ("sub-buffers of 8192", { $0.subBufferSize = 8192 }),
      ("offset", { $0.timeOffset = 123_456_789 }),
      ("TSC", { $0.tscToNanoseconds = (1_234_567, 20, 5_000_000) }),
    ]
    for (name, configure) in shapes {
      var trace = mixedTrace(configure: configure)
      trace.addDiscarded(cpu: 1, timestamp: 90_000_000_000, length: 12)
      trace.loseEvents(cpu: 2, count: 5)
      for (index, stamp) in [91_000_000_000, 92_000_000_000, 1 << 58 as UInt64].enumerated() {
        trace.addEvent(
          cpu: 2, timestamp: stamp, id: 300, payload: [UInt8](repeating: 1, count: 16),
          absolute: index > 0)
      }
      trace.addEvent(cpu: 1, timestamp: 93_000_000_000, id: 301, pid: 7)
      let file = try TemporaryFile(trace.finish(as: container))
      #expect(try lines(file.path) == oracle.records(of: file.path), "\(name)")
    }
  }
}

/// A program that lists records by libtracecmd.
private final class Oracle: Sendable {
  private let program: String

  struct Failure: Error {}

  init(source: URL) throws {
    program = NSTemporaryDirectory() + "/pmtrace-oracle-\(UUID().uuidString)"
    let flags = try Self.run("pkg-config", ["--cflags", "--libs", "libtracecmd"])
      .split(whereSeparator: \.isWhitespace).map(String.init)
    _ = try Self.run("cc", ["-O1", "-o", program, source.path] + flags)
  }

  deinit { try? FileManager.default.removeItem(atPath: program) }

  func records(of path: String) throws -> String { try Self.run(program, [path]) }

  /// Runs a program and returns what it printed; throws where it fails.
  static func run(_ name: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return String(decoding: data, as: UTF8.self)
  }
}
