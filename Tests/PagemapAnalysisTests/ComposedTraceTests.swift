import Foundation
import TestSupport
import Testing

/// `fixtures/composed` holds what `ComposedTraces` composes. `PMTRACE_UPDATE_GOLDENS=1` in the
/// environment writes the files anew.
@Suite struct ComposedTraceTests {
  @Test(arguments: ComposedTraces.all.map(\.name)) func theFileIsAsComposed(name: String) throws {
    let bytes = try #require(ComposedTraces.all.first { $0.name == name }?.bytes)
    let file = RepositoryFiles.url("fixtures/composed/\(name).dat")
    if ProcessInfo.processInfo.environment["PMTRACE_UPDATE_GOLDENS"] == "1" {
      try Data(bytes).write(to: file)
    }
    #expect(try [UInt8](Data(contentsOf: file)) == bytes, "\(name).dat is stale")
  }

  @Test func nothingElseIsThere() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: RepositoryFiles.url("fixtures/composed").path)
    let composed = ComposedTraces.all.map { "\($0.name).dat" }
    #expect(Set(files) == Set(composed + ["ORIGIN.md"]))
  }
}
