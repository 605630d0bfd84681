import GRDB
package import PagemapAnalysis
import PagemapRules
package import TraceIngest

/// Why a database could not be written.
package struct DatabaseFailure: Error, CustomStringConvertible {
  /// What failed, in one line for people.
  package let description: String

  init(_ error: any Error) {
    if let error = error as? DatabaseError {
      description = error.message ?? "SQLite error \(error.resultCode.rawValue)"
    } else {
      description = "\(error)"
    }
  }
}

/// A database in the making: traces go in one after another.
///
/// It writes without a journal into a file that nobody else knows of yet: what becomes of it when
/// the process ends is the caller's business, and only a finished one shall get its name.
package final class DatabaseFile {
  private let queue: DatabaseQueue
  private var traceCount: Int64 = 0

  /// Whether a file that begins with these bytes, 100 or more of them, is a database that this
  /// made: SQLite's magic, and the application's number at byte 68 (sqlite.org/fileformat.html).
  package static func isOurs(header: [UInt8]) -> Bool {
    guard header.count >= 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
      return false
    }
    return header[68..<72].reduce(0) { $0 << 8 | Int($1) } == DatabaseSchema.application
  }

  /// Makes the tables in a file that is empty or not there.
  package init(path: String, toolVersion: String) throws(DatabaseFailure) {
    do {
      var configuration = Configuration()
      // Transactions reach over calls; nobody else reads the file.
      configuration.allowsUnsafeTransactions = true
      configuration.prepareDatabase { database in
        // A smaller page holds no more; a larger one costs small traces. SQLite's own default.
        try database.execute(sql: "PRAGMA page_size = 4096")
        try database.execute(sql: "PRAGMA journal_mode = OFF")
        try database.execute(sql: "PRAGMA synchronous = OFF")
        try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
      }
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.inDatabase { database in
        try database.execute(sql: "PRAGMA application_id = \(DatabaseSchema.application)")
        try database.execute(sql: "PRAGMA user_version = \(DatabaseSchema.version)")
        for statement in DatabaseSchema.creations { try database.execute(sql: statement) }
        for (key, value) in [("schema", DatabaseSchema.name), ("tool", toolVersion)] {
          try database.execute(sql: DatabaseSchema.meta.insertion, arguments: [key, value])
        }
      }
    } catch {
      throw DatabaseFailure(error)
    }
  }

  /// Analyses a trace and writes down what it shows.
  ///
  /// - Parameters:
  ///   - path: the trace's name in the database.
  ///   - open: opens the trace.
  ///   - progress: told the number of records read, now and then.
  /// - Returns: what the analysis came to; an input that cannot be used is one of `traces` that has
  ///   no rows in any other table.
  package func add(
    path: String, options: AnalysisOptions, progress: ((UInt64) -> Void)? = nil,
    open: () throws(IngestError) -> any TraceReader
  ) throws(DatabaseFailure) -> Result<TraceAnalysis, IngestError> {
    traceCount += 1
    let number = traceCount
    do {
      return try queue.inDatabase { database in
        var observer = try RowObserver(RowWriter(database, trace: number))
        let result = Self.analyze(path, options, &observer, progress, open)
        switch result {
        case .success(let (analysis, remainder)):
          try observer.finish(remainder, analysis)
          return .success(analysis)
        case .failure(let error):
          try observer.writer.abandon()
          try observer.writer.addUnusable(path: path, because: error)
          return .failure(error)
        }
      }
    } catch {
      throw DatabaseFailure(error)
    }
  }

  private static func analyze(
    _ path: String, _ options: AnalysisOptions, _ observer: inout RowObserver,
    _ progress: ((UInt64) -> Void)?, _ open: () throws(IngestError) -> any TraceReader
  ) -> Result<(analysis: TraceAnalysis, remainder: TraceRemainder), IngestError> {
    do throws(IngestError) {
      return .success(
        try Analyzer.analyze(
          open(), path: path, options: options, observer: &observer, progress: progress))
    } catch {
      return .failure(error)
    }
  }

  /// Makes the indexes and closes the file.
  package func finish() throws(DatabaseFailure) {
    do {
      try queue.inDatabase { database in
        for statement in DatabaseSchema.indexes { try database.execute(sql: statement) }
      }
      try queue.close()
    } catch {
      throw DatabaseFailure(error)
    }
  }
}
