import Foundation
import Testing

@Suite struct UnusableInputTests {
  /// Bytes that are no trace, and what they are.
  static let inputs: [(name: String, bytes: [UInt8])] = [
    ("empty", []), ("picture", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
    ("zeroes", [UInt8](repeating: 0, count: 5000)), ("half a magic", [0x17, 0x08, 0x44, 0x74]),
  ]

  @Test(arguments: inputs.indices) func oneLineSaysWhy(_ index: Int) throws {
    let scratch = try Scratch()
    let file = try scratch.file("input.dat", Self.inputs[index].bytes)
    let result = try Command.run("analyze", file.path)
    #expect(result.status == 3)
    #expect(result.errors.hasPrefix("pmtrace: \(file.path): byte "))
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.contains("; "))
    #expect(result.output.hasPrefix("UNUSABLE \(file.path): byte "))
    let piped = try Command.run("analyze", "-", input: Self.inputs[index].bytes)
    #expect(piped.status == 3)
    #expect(piped.errors.hasPrefix("pmtrace: -: byte "))
  }

  @Test(arguments: ["/", "/nonexistent/trace.dat", "/proc/self/mem"])
  func paths(_ path: String) throws {
    let result = try Command.run("analyze", path)
    #expect(result.status == 3)
    #expect(result.errors.hasPrefix("pmtrace: \(path): byte "))
  }

  @Test func theOtherFilesAreStillAnalysed() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.dat", [1])
    _ = try scratch.file("b.dat", [])
    let line = "$PMTRACE analyze --format json a.dat b.dat /"
    let result = try Command.shell(line, in: scratch.folder)
    #expect(result.status == 3)
    #expect(result.errors.split(separator: "\n").count == 3)
    let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let object = try #require(report as? [String: Any])
    #expect(object["exitCode"] as? Int == 3)
    #expect((object["traces"] as? [Any])?.count == 3)
  }

  @Test func hostilePathsAreShownEscaped() throws {
    let result = try Command.run("analyze", "/tmp/no\u{1b}[31m\nsuch")
    #expect(result.status == 3)
    for text in [result.errors, result.output] {
      #expect(text.contains("no\\x1b[31m\\nsuch"))
      #expect(!text.contains("\u{1b}"))
    }
  }

  @Test func colorsOnlyWhenAskedForOrShown() throws {
    #expect(try !Command.run("analyze", "/").output.contains("\u{1b}["))
    #expect(try Command.run("analyze", "--color", "always", "/").output.contains("\u{1b}["))
    #expect(try !Command.run("analyze", "--color", "never", "/").output.contains("\u{1b}["))
  }
}
