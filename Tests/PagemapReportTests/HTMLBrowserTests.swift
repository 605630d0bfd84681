import Foundation
import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

@testable import PagemapReport

/// Reads reports in a real browser, as people do: `Tests/Browser/check.py`.
@Suite struct HTMLBrowserTests {
  private static func isInstalled(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  /// One with a finding, several traces of which one is unusable, hostile names, and a large one.
  private static func reports() throws -> [Report] {
    var hostile = Samples.hostile(HTMLReporterTests.hostile)
    hostile.timeline = HTMLSamples.timeline(calls: 60, name: HTMLReporterTests.hostile)
    var large = Samples.fail
    large.timeline = HTMLSamples.timeline(calls: 30_000)
    return [
      HTMLSamples.report(try HTMLSamples.recording("d_leak_pagemap")),
      HTMLSamples.report(
        try HTMLSamples.recording("clean"), try HTMLSamples.recording("stress"),
        try HTMLSamples.recording("p2p"), Samples.unusable,
        try HTMLSamples.recording("d_leak_page")),
      Samples.report(hostile), Samples.report(large),
    ]
  }

  @Test func aBrowserReadsThem() throws {
    for program in ["chromium", "chromedriver", "python3"] where !Self.isInstalled(program) {
      print("skipped: \(program) is not installed")
      return
    }
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "pmtrace-html-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var arguments = [RepositoryFiles.url("Tests/Browser/check.py").path()]
    for (number, report) in try Self.reports().enumerated() {
      let file = folder.appending(path: "\(number).html")
      try Data(HTMLReporter.render(report, options: RenderOptions())).write(to: file)
      arguments.append(file.path())
    }
    let (status, output) = try Self.run("python3", arguments)
    if status != 0 { Issue.record("\(output)") }
    #expect(output.split(separator: "\n").count { $0.hasPrefix("ok") } > 60)
  }

  private static func run(_ program: String, _ arguments: [String]) throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program, "-B"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
