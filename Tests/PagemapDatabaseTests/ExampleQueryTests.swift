import Foundation
import GRDB
import PagemapDatabase
import TestSupport
import Testing

/// The document's queries and tables, against databases of real recordings.
@Suite struct ExampleQueryTests {
  private static let document = try? String(
    contentsOf: RepositoryFiles.url("Documentation/Database.md"), encoding: .utf8)

  /// The queries, each with the question above it.
  private static var queries: [(question: String, text: String)] {
    let parts = (document ?? "").components(separatedBy: "```sql\n")
    return zip(parts, parts.dropFirst()).compactMap { before, after in
      guard let question = before.split(separator: "\n").last,
        let text = after.components(separatedBy: "\n```").first
      else { return nil }
      return (String(question), text)
    }
  }

  private static func query(_ words: String) throws -> String {
    try #require(queries.first { $0.question.contains(words) }, "\(words)").text
  }

  @Test func everyQueryRunsAndAnswers() throws {
    let databases = try Databases()
    let queues = try [
      databases.queue("d_leak_pagemap"), databases.queue("clean"), databases.queue("d_copy_fail"),
      databases.queue("stress", "d_thrash", "clean.base"),
    ]
    #expect(Self.queries.count >= 12)
    for (question, text) in Self.queries {
      var rows = 0
      for queue in queues {
        try queue.read { database in
          let statement = try database.makeStatement(sql: text)
          #expect(statement.isReadonly)
          #expect(statement.columnCount > 1, "\(question)")
          #expect(Set(statement.columnNames).count == statement.columnCount, "\(question)")
          rows += try Row.fetchAll(statement).count
        }
      }
      #expect(rows > 0, "no database answers: \(question)")
    }
  }

  @Test func theLeakIsWhatTheGroundTruthSays() throws {
    let queue = try Databases().queue("d_leak_pagemap")
    #expect(
      try queue.lines(Self.query("What leaks")) == [
        "d_leak_pagemap.dat|PM001|pagemap|0xff36ccee44c28298|1|1"
      ])
    #expect(
      try queue.lines(Self.query("What does each trace")).first?.hasPrefix("1|d_leak_pa") == true)
    #expect(
      try queue.lines(Self.query("Which objects had not ended")).contains("pagemap|1"))
    #expect(
      try queue.lines(Self.query("How long do pagemaps live")).map { $0.suffix(9) } == ["|active|1"]
    )
  }

  @Test func aCleanTraceHasWhatItDid() throws {
    let queue = try Databases().queue("clean")
    #expect(try queue.lines(Self.query("What leaks")).isEmpty)
    #expect(try queue.lines(Self.query("Which calls failed")).isEmpty)
    #expect(try queue.lines(Self.query("Which objects had not ended")).isEmpty)
    #expect(
      try queue.lines(Self.query("Which tasks fault")) == ["pmtest|114|2|0|122880"])
    #expect(
      try queue.lines(Self.query("How long do migrations take")) == [
        "device-to-system-by-fault|2|3252|3404|3404", "system-to-device|4|229|3506|3506",
      ])
    #expect(
      try queue.lines(Self.query("How long do pagemaps live")) == [
        "0xff49178bc290d698|1|pmfake.0|597.701726|destroyed|0"
      ])
  }

  @Test func aFailedCopyIsAFailedCall() throws {
    let queue = try Databases().queue("d_copy_fail")
    #expect(try !queue.lines(Self.query("Which calls failed")).isEmpty)
  }

  @Test func theDocumentNamesEveryTableColumnAndView() throws {
    let text = try #require(Self.document)
    let parts = text.components(separatedBy: "\n### ")
    for table in DatabaseSchema.tables {
      let part = try #require(
        parts.first { part in
          let title = part.prefix { $0 != "\n" }
          return title.split(separator: ", ").contains { $0 == table.name }
        }, "\(table.name)")
      for column in table.columns where column.name != "trace" {
        #expect(part.contains("`\(column.name)`"), "\(table.name).\(column.name)")
      }
    }
    for view in DatabaseSchema.views { #expect(text.contains("| `\(view.name)` |")) }
    #expect(text.contains("`\(DatabaseSchema.name)`"))
    #expect(text.contains("0x" + String(DatabaseSchema.application, radix: 16)))
  }
}
