import Foundation
import Testing

@Suite struct ExportTests {
  /// The application's number at byte 68 of a database's header.
  private static func isDatabase(_ url: URL) -> Bool {
    let bytes = (try? Data(contentsOf: url)) ?? Data()
    return bytes.starts(with: Array("SQLite format 3\0".utf8))
      && Array(bytes.dropFirst(68).prefix(4)) == Array("PMTR".utf8)
  }

  @Test func writesADatabaseWhateverTheVerdict() throws {
    let scratch = try Scratch()
    let target = scratch.folder.appending(path: "t.db")
    for name in ["clean", "d_leak_pagemap"] {
      let result = try Command.run("export", "--sqlite", target.path, Recordings.path(name))
      #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
      #expect(Self.isDatabase(target))
    }
    #expect(try scratch.names == ["t.db"])
  }

  @Test func readsStandardInput() throws {
    let scratch = try Scratch()
    let target = scratch.folder.appending(path: "t.db")
    let bytes = try Data(contentsOf: URL(filePath: Recordings.path("clean")))
    let result = try Command.run("export", "--sqlite", target.path, "-", input: Array(bytes))
    #expect(result.status == 0, "\(result.errors)")
    #expect(Self.isDatabase(target))
  }

  @Test func anUnusableInputIsToldAndTheOthersAreWritten() throws {
    let scratch = try Scratch()
    let picture = try scratch.file("picture.png", [0x89, 0x50, 0x4e, 0x47])
    let target = scratch.folder.appending(path: "t.db")
    let alone = try Command.run("export", "--sqlite", target.path, picture.path)
    #expect(alone.status == 3 && alone.errors.contains("picture.png"))
    #expect(try scratch.names == ["picture.png"])
    let both = try Command.run(
      "export", "--sqlite", target.path, picture.path, Recordings.path("clean"))
    #expect(both.status == 3)
    #expect(Self.isDatabase(target))
  }

  @Test func replacesNothingThatIsNotItsOwn() throws {
    let scratch = try Scratch()
    let notes = try scratch.file("notes.txt", Array("mine".utf8))
    let trace = Recordings.path("clean")
    let refused = try Command.run("export", "--sqlite", notes.path, trace)
    #expect(refused.status == 64 && refused.errors.contains("--force"))
    #expect(try Data(contentsOf: notes) == Data("mine".utf8))
    #expect(try Command.run("export", "--force", "--sqlite", notes.path, trace).status == 0)
    #expect(Self.isDatabase(notes))

    let bytes = try Data(contentsOf: URL(filePath: trace))
    let copy = try scratch.file("t.dat", Array(bytes))
    let link = scratch.folder.appending(path: "link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: copy)
    for target in [copy, link] {
      let result = try Command.run("export", "--force", "--sqlite", target.path, copy.path)
      #expect(result.status == 64 && result.errors.contains("overwrite the recording"))
    }
    #expect(try Data(contentsOf: copy) == bytes)
    let folder = try Command.run("export", "--force", "--sqlite", scratch.folder.path, copy.path)
    #expect(folder.status == 64)
  }

  @Test func aPlaceThatCannotBeWrittenIsToldWithItsReason() throws {
    let result = try Command.run("export", "--sqlite", "none/t.db", Recordings.path("clean"))
    #expect(result.status == 70)
    #expect(result.errors.hasPrefix("pmtrace: none/t.db: the file cannot be written: No such"))
  }
}
