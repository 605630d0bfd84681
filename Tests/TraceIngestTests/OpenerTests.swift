import Foundation
import TestSupport
import Testing

@testable import TraceIngest

/// Inputs that cannot be read, and the ways in which inputs come.
@Suite struct OpenerTests {
  struct BadInput: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var code: IngestError.Code
    var offset: UInt64?
    var bytes: @Sendable () -> [UInt8]
  }

  private static func patched(
    _ container: TraceDatBuilder.Container, at offset: Int, _ replacement: [UInt8]
  ) -> [UInt8] {
    var bytes = mixedTrace(events: 20).finish(as: container)
    bytes.replaceSubrange(offset..<offset + replacement.count, with: replacement)
    return bytes
  }

  static let badInputs: [BadInput] = [
    BadInput(testDescription: "empty", code: .empty, offset: 0) { [] },
    BadInput(testDescription: "half a magic", code: .truncatedHeader, offset: 5) {
      [0x17, 0x08, 0x44, 0x74, 0x72]
    },
    BadInput(testDescription: "version 8", code: .unsupportedVersion, offset: 10) {
      patched(.version7(.none), at: 10, Array("8".utf8))
    },
    BadInput(testDescription: "no version", code: .unsupportedVersion, offset: 10) {
      patched(.version7(.none), at: 10, Array("x".utf8))
    },
    BadInput(testDescription: "unknown compression", code: .unsupportedCompression, offset: 18) {
      patched(.version7(.zstd), at: 18, Array("lzma".utf8))
    },
    BadInput(testDescription: "byte order 2", code: .contradictoryHeader, offset: 12) {
      patched(.version6, at: 12, [2])
    },
    BadInput(testDescription: "byte order, v6", code: .contradictoryHeader, offset: 12) {
      patched(.version6, at: 12, [1])
    },
    BadInput(testDescription: "byte order, v7", code: .contradictoryHeader, offset: 12) {
      patched(.version7(.zstd), at: 12, [1])
    },
    BadInput(testDescription: "long of 3", code: .contradictoryHeader, offset: 13) {
      patched(.version7(.zstd), at: 13, [3])
    },
    BadInput(testDescription: "long above the kernel's", code: .contradictoryHeader, offset: 13) {
      mixedTrace {
        $0.longSize = 4
        $0.userLongSize = 8
      }.finish(as: .version7(.zlib))
    },
    BadInput(testDescription: "page size 8192, v6", code: .contradictoryHeader, offset: 14) {
      patched(.version6, at: 14, [0, 0x20])
    },
    BadInput(testDescription: "page size 8192, v7", code: .contradictoryHeader, offset: 14) {
      patched(.version7(.none), at: 14, [0, 0x20])
    },
    BadInput(testDescription: "page size 5000", code: .contradictoryHeader, offset: 14) {
      patched(.version7(.none), at: 14, [0x88, 0x13])
    },
    BadInput(testDescription: "page size 0", code: .contradictoryHeader, offset: 14) {
      patched(.version7(.none), at: 14, [0, 0, 0, 0])
    },
    BadInput(testDescription: "cut before the formats", code: .truncatedHeader, offset: nil) {
      Array(mixedTrace().finish(as: .version6).prefix(200))
    },
    BadInput(testDescription: "cut before the formats, v7", code: .truncatedHeader, offset: nil) {
      Array(mixedTrace().finish(as: .version7(.none)).prefix(200))
    },
  ]

  @Test(arguments: badInputs)
  func badInputIsRefusedInOneLine(input: BadInput) throws {
    let file = try TemporaryFile(input.bytes())
    let error = #expect(throws: IngestError.self) { try TraceOpener.open(path: file.path) }
    #expect(error?.code == input.code)
    if let offset = input.offset { #expect(error?.offset == offset) }
    #expect(error?.description.contains("\n") == false)
    #expect(error?.advice.isEmpty == false)
  }

  @Test func directoriesAndMissingFilesAreRefused() throws {
    let directory = #expect(throws: IngestError.self) { try TraceOpener.open(path: "/") }
    #expect(directory?.code == .isDirectory)
    let missing = #expect(throws: IngestError.self) {
      try TraceOpener.open(path: "/nonexistent/trace.dat")
    }
    #expect(missing?.code == .unreadable)
  }

  @Test func aPipeReadsLikeAFile() throws {
    let bytes = mixedTrace(events: 3000).finish(as: .version7(.zstd))
    let expected = try ReadTrace(bytes)
    let pipe = Pipe()
    let writer = pipe.fileHandleForWriting
    let thread = Thread {
      try? writer.write(contentsOf: Data(bytes))
      try? writer.close()
    }
    thread.start()
    let directory = NSTemporaryDirectory() + "/pmtrace-spool-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let reader = try TraceOpener.open(
      path: "-", standardInput: pipe.fileHandleForReading.fileDescriptor,
      temporaryDirectory: directory)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
    #expect(try ReadTrace(reader).records == expected.records)
  }

  @Test func aFileOnStandardInputIsReadInPlace() throws {
    let bytes = mixedTrace().finish()
    let file = try TemporaryFile(bytes)
    let handle = try #require(FileHandle(forReadingAtPath: file.path))
    let reader = try TraceOpener.open(
      path: "-", standardInput: handle.fileDescriptor, temporaryDirectory: "/nonexistent")
    #expect(try ReadTrace(reader).events.count == 600)
  }

  @Test func whatWasPeekedAtIsHandedOn() throws {
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data("0123456789abcdef".utf8))
    try pipe.fileHandleForWriting.close()
    let source = try FileSource.adopt(descriptor: pipe.fileHandleForReading.fileDescriptor)
    #expect(try source.peek(10) == Array("0123456789".utf8))
    var read: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4)
    while true {
      let count = try piece.withUnsafeMutableBytes { try source.readNext(into: $0) }
      if count == 0 { break }
      read += piece.prefix(count)
    }
    #expect(read == Array("0123456789abcdef".utf8))
  }
}
