import Foundation
import Testing

/// `pmtrace trim`: the command around it.
@Suite struct TrimTests {
  @Test func writesASmallerRecordingAndSaysSo() throws {
    let scratch = try Scratch()
    let small = scratch.folder.appending(path: "small.dat").path
    let input = Recordings.fixtures.appending(path: "formats/d_leak_pagemap.v6.dat").path
    let run = try Command.run("trim", input, "-o", small)
    #expect(run.status == 0)
    #expect(run.output.isEmpty)
    #expect(
      run.errors.hasPrefix(
        "pmtrace: \(small): 173 pagemap events of 173 events, 81920 bytes became "))
    let size = try #require(FileManager.default.attributesOfItem(atPath: small)[.size] as? Int)
    #expect(size < 16_384)
    let (report, status) = try ReportJSON.of(small)
    #expect(status == 1)
    #expect(report.traces[0].aboveInfo == (try Recordings.truth(of: "d_leak_pagemap")))
    #expect(try scratch.names == ["small.dat"])
  }

  @Test func readsStandardInput() throws {
    let scratch = try Scratch()
    let line = "cat \(Recordings.path("clean")) | $PMTRACE trim - -o small && $PMTRACE trim "
    #expect(
      try Command.shell(line + "\(Recordings.path("clean")) -o other", in: scratch.folder).status
        == 0)
    let files = try ["small", "other"].map {
      try Data(contentsOf: scratch.folder.appending(path: $0))
    }
    #expect(files[0] == files[1])
  }

  @Test func damageIsRefusedUnlessSalvaged() throws {
    let scratch = try Scratch()
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: Recordings.path("clean"))))
    let cut = try scratch.file("cut.dat", Array(bytes.dropLast(300))).path
    let small = scratch.folder.appending(path: "small.dat").path
    let refused = try Command.run("trim", cut, "-o", small)
    #expect(refused.status == 3)
    #expect(refused.errors.contains("damaged at byte "))
    #expect(refused.errors.contains("--salvage"))
    #expect(try scratch.names == ["cut.dat"])
    #expect(try Command.run("trim", "--salvage", cut, "-o", small).status == 0)
    #expect(try Command.run("analyze", "--quiet", small).status == 2)
  }

  @Test func failuresHaveTheirCodes() throws {
    let scratch = try Scratch()
    let clean = Recordings.path("clean")
    let link = scratch.folder.appending(path: "link").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: clean)
    for (arguments, status) in [
      ([clean, "-o", clean], Int32(64)), ([clean, "-o", link], 64), ([clean, "-o", "-"], 64),
      ([clean], 64), (["/nowhere", "-o", "x"], 3), (["/", "-o", "x"], 3),
      (["/dev/null", "-o", "x"], 3), ([clean, "-o", "/nowhere/x"], 70),
      ([clean, "-o", "/dev/full"], 70),
    ] {
      let run = try Command.run(all: ["trim"] + arguments)
      #expect(run.status == status, "\(arguments)")
      #expect(!run.errors.isEmpty)
    }
  }

  /// trace-cmd lists the same events of the smaller recording.
  @Test(arguments: ["d_leak_pagemap", "cpu_fault.pages", "d_madv_leak"])
  func traceCmdReadsIt(name: String) throws {
    let scratch = try Scratch()
    let line = """
      command -v trace-cmd > /dev/null || exit 99
      $PMTRACE trim \(Recordings.path(name)) -o small.dat || exit 1
      trace-cmd report \(Recordings.path(name)) > before 2> /dev/null || exit 2
      trace-cmd report small.dat > after 2> errors || exit 3
      test ! -s errors && cmp before after
      """
    let run = try Command.shell(line, in: scratch.folder)
    if run.status == 99 { return print("skipped: trace-cmd is not installed") }
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }
}
