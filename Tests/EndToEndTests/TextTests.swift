import Foundation
import Testing

/// ftrace text: the same model and rules, but nothing is certain that rests on the end.
@Suite struct TextTests {
  private func path(_ name: String) -> String {
    Recordings.fixtures.appending(path: "text/\(name).txt").path
  }

  @Test func cleanTextPasses() throws {
    let (report, status) = try ReportJSON.of(path("clean"))
    #expect(status == 0)
    #expect(report.traces[0].aboveInfo.isEmpty)
  }

  @Test func aLeakInATextIsFoundButNotCertain() throws {
    let (report, status) = try ReportJSON.of(path("d_leak_pagemap"))
    let truth = try Recordings.truth(of: "d_leak_pagemap")
    #expect(status == 2)
    let found = try #require(report.traces[0].aboveInfo.first)
    #expect(report.traces[0].aboveInfo.count == 1)
    #expect(found.class == "leak-reference")
    #expect(found.address == truth[0].address)
    #expect(!found.certain)
    #expect(found.severity == "warning")
  }

  @Test func textComesThroughAPipe() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path("clean"))))
    let (report, status) = try ReportJSON.of("-", input: bytes)
    #expect(status == 0)
    #expect(report.traces[0].verdict == "pass")
  }

  @Test func aLostLineMakesItInconclusive() throws {
    let text = try String(contentsOfFile: path("clean"), encoding: .utf8)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines.insert("CPU:0 [LOST 12 EVENTS]", at: lines.count / 2)
    let scratch = try Scratch()
    let file = try scratch.file("t.txt", [UInt8](lines.joined(separator: "\n").utf8))
    #expect(try Command.run("analyze", "--quiet", file.path).status == 2)
    #expect(try Command.run("analyze", "--quiet", "--allow-incomplete", file.path).status == 0)
  }
}
