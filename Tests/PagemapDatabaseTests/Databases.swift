import Foundation
import GRDB
import PagemapAnalysis
import PagemapDatabase
import PagemapRules
import TestSupport
import TraceIngest

/// Databases made of recordings, in a folder of a test's own.
final class Databases {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pmtrace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A file in the folder that is not there yet.
  var fresh: String { folder.appending(path: "\(UUID().uuidString).db").path() }

  static func recording(_ name: String) -> String {
    RepositoryFiles.url("fixtures/recordings/\(name).dat").path()
  }

  /// Writes recordings into a database.
  @discardableResult
  func write(_ names: [String], to path: String) throws -> [TraceAnalysis] {
    let file = try DatabaseFile(path: path, toolVersion: "1.2.3")
    let analyses = try names.map { name in
      try file.add(path: "\(name).dat", options: AnalysisOptions()) {
        () throws(IngestError) -> any TraceReader in
        try TraceOpener.open(path: Self.recording(name))
      }.get()
    }
    try file.finish()
    return analyses
  }

  /// A database of recordings, to read.
  func queue(_ names: String...) throws -> DatabaseQueue {
    let path = fresh
    try write(names, to: path)
    return try Self.open(path)
  }

  static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration)
  }
}

extension DatabaseQueue {
  /// The rows of a query, each as text with `|` between its values.
  func lines(_ query: String) throws -> [String] {
    try read { database in
      try Row.fetchAll(database, sql: query).map { row in
        row.databaseValues.map { value in
          switch value.storage {
          case .null: "-"
          case .int64(let number): String(number)
          case .double(let number): String(number)
          case .string(let text): text
          case .blob: "?"
          }
        }.joined(separator: "|")
      }
    }
  }

  /// The number that a query gives.
  func number(_ query: String) throws -> Int64? {
    try read { try Int64.fetchOne($0, sql: query) }
  }
}
