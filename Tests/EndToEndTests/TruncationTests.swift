import Foundation
import PagemapAnalysis
import PagemapRules
import Testing
import TraceIngest

/// A recording that was cut or damaged never passes, and never crashes the tool.
@Suite struct TruncationTests {
  /// The exit code of an analysis of these bytes, in this process.
  private func exitCode(of bytes: Data, in file: URL) throws -> Int32 {
    try bytes.write(to: file)
    do throws(IngestError) {
      let reader = try TraceOpener.open(path: file.path)
      return try Analyzer.analyze(reader, path: "cut", options: AnalysisOptions()).exitCode
    } catch {
      return 3
    }
  }

  /// Every cut for `make fuzz`, else one in some: the last stretch of the file always whole.
  private func cuts(of count: Int) -> [Int] {
    if ProcessInfo.processInfo.environment["PMTRACE_EVERY_CUT"] == "1" { return Array(0..<count) }
    let step = max(1, count / 60)
    return Array(stride(from: 0, to: count, by: step)) + Array(max(0, count - 70)..<count)
  }

  @Test(arguments: [
    "recordings/d_leak_page.base.dat", "recordings/clean.dat", "formats/clean.v6.dat",
    "formats/clean.v7.dat",
  ])
  func aCutFileNeverPasses(name: String) throws {
    let data = try Data(contentsOf: Recordings.fixtures.appending(path: name))
    let scratch = try Scratch()
    let file = try scratch.file("cut.dat", [])
    for length in cuts(of: data.count) {
      let code = try exitCode(of: data.prefix(length), in: file)
      #expect(code != 0, "cut at byte \(length)")
    }
  }

  @Test(arguments: ["recordings/clean.dat", "formats/clean.v6.dat", "text/clean.txt"])
  func flippedBytesNeverCrash(name: String) throws {
    let data = try Data(contentsOf: Recordings.fixtures.appending(path: name))
    let scratch = try Scratch()
    let file = try scratch.file("flipped.dat", [])
    var random = SplitMix(seed: 7)
    for _ in 0..<120 {
      var bytes = data
      for _ in 0..<(1 + Int(random.next() % 6)) {
        let place = Int(random.next() % UInt64(bytes.count))
        bytes[place] = UInt8(truncatingIfNeeded: random.next())
      }
      let code = try exitCode(of: bytes, in: file)
      #expect((0...3).contains(code))
    }
  }
}

/// Small random numbers that are the same in every run.
struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
