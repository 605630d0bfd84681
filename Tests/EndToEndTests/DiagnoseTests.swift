import Foundation
import Testing

/// `pmtrace diagnose`: describes every input, and tells no payload unasked.
@Suite struct DiagnoseTests {
  private static let sections = [
    "INPUT", "SECTIONS", "BUFFERS", "FIRST DAMAGE", "LEDGER", "PROBES", "REJECTED FORMATS",
    "UNKNOWN EVENTS", "VERDICT", "PROGRAM",
  ]

  private func headings(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init).filter { !$0.isEmpty && $0 == $0.uppercased() && !$0.hasPrefix(" ") }
  }

  @Test(arguments: ["recordings/d_leak_pagemap.dat", "formats/clean.v6.dat", "text/clean.txt"])
  func describesRecordings(name: String) throws {
    let path = Recordings.fixtures.appending(path: name).path
    let run = try Command.run("diagnose", path)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(run.output.hasPrefix("pmtrace "))
    #expect(run.output.contains("pmtrace.report/1\n"))
    #expect(headings(run.output) == Self.sections)
    #expect(run.output.contains("drm_pagemap"))
    #expect(!run.output.contains("pmtest-"))
    #expect(try Command.run("diagnose", path).output == run.output)
  }

  @Test func payloadIsTold() throws {
    let path = Recordings.path("clean")
    let run = try Command.run("diagnose", "--payload", path)
    #expect(
      headings(run.output)
        == Self.sections + ["BYTES AROUND THE FIRST DAMAGE", "FIRST RECORDS", "TASKS"])
    #expect(run.output.contains(" pmtest"))
    #expect(try !Command.run("diagnose", path).output.contains("pmtest"))
  }

  @Test func unusableInputIsDescribed() throws {
    let scratch = try Scratch()
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: Recordings.path("clean"))))
    var inputs: [[UInt8]] = [[], [0x17, 0x08], [UInt8](repeating: 0, count: 5000)]
    inputs += stride(from: 20, to: bytes.count, by: bytes.count / 12).map {
      Array(bytes.prefix($0))
    }
    for input in inputs {
      let path = try scratch.file("input.dat", input).path
      let run = try Command.run("diagnose", path)
      #expect(run.status == 0, "\(input.count)")
      #expect(headings(run.output) == Self.sections, "\(input.count)")
      let damage = run.output.split(separator: "FIRST DAMAGE\n").last ?? ""
      #expect(damage.hasPrefix("  byte "), "\(input.count)")
      let piped = try Command.run("diagnose", "--payload", "-", input: input)
      #expect(piped.status == 0)
      #expect(piped.output.contains("\nBYTES AROUND THE FIRST DAMAGE\n"))
    }
  }

  @Test func whatCannotBeOpenedIsThree() throws {
    for path in ["/nowhere/t.dat", "/"] {
      let run = try Command.run("diagnose", path)
      #expect(run.status == 3)
      #expect(run.errors.hasPrefix("pmtrace: \(path): "))
    }
  }

  @Test func anotherProgramInPathIsNamed() throws {
    let scratch = try Scratch()
    let line = """
      printf '#!/bin/sh\\n' > pmtrace && chmod +x pmtrace
      PATH=$PWD:$PATH $PMTRACE diagnose \(Recordings.path("clean")) -o bundle && cat bundle
      """
    let run = try Command.shell(line, in: scratch.folder)
    #expect(run.status == 0)
    #expect(run.output.contains("another program comes first in PATH: "))
  }
}
