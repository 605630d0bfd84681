import ArgumentParser
import PagemapAnalysis
import PagemapDatabase
import PagemapReport
import PagemapRules
import TraceIngest

/// `pmtrace export`: all that a trace shows, as a database.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes what recordings show into an SQLite database.",
    discussion: """
      EXAMPLES:
        pmtrace export --sqlite trace.db trace.dat
        sqlite3 -box trace.db 'SELECT * FROM v_migration_latency'
        pmtrace export --sqlite all.db *.dat         several traces in one database
        pmtrace export --sqlite trace.db --force t.dat   replaces any file

      Tables, views and example queries are in Documentation/Database.md. The verdict is in the
      table 'traces' and does not change the exit code.

      EXIT CODES:
        0 written   3 an input was unusable (the others are written)   64 usage   70 internal
      """)

  @Argument(help: ArgumentHelp("Recordings; '-' is standard input.", valueName: "FILE"))
  var files: [String]

  @Option(help: ArgumentHelp("The database to write.", valueName: "FILE"))
  var sqlite: String

  @Flag(help: "Replaces an existing file that is no database of pmtrace.")
  var force = false

  @OptionGroup
  var judging: JudgingOptions

  @Flag(help: "Shows no progress.")
  var quiet = false

  func validate() throws {
    if files.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("Standard input ('-') can be read only once.")
    }
    if let file = files.first(where: { Output.isSameFile($0, sqlite) }) {
      throw ValidationError("--sqlite would overwrite the recording \(file).")
    }
    switch Output.kind(of: sqlite) {
    case .absent: break
    case .other: throw ValidationError("\(sqlite) is no regular file: a database cannot go there.")
    case .regular(let start):
      if !force, !DatabaseFile.isOurs(header: start) {
        throw ValidationError(
          "\(sqlite) exists and is no database of pmtrace; --force replaces it.")
      }
    }
  }

  func run() throws {
    var unusable = 0
    let options = try judging.options()
    try Output.write(beside: sqlite) { (path) throws(InternalFailure) in
      do throws(DatabaseFailure) {
        let database = try DatabaseFile(path: path, toolVersion: Pmtrace.version)
        for file in files where try !add(file, options, to: database) { unusable += 1 }
        try database.finish()
      } catch {
        throw InternalFailure(
          description: "\(sqlite): the database cannot be written: \(error)")
      }
      // Nothing to look at is no database.
      return unusable < files.count
    }
    if unusable > 0 { throw ExitCode(3) }
  }

  /// Writes down one trace.
  ///
  /// - Returns: whether it could be used.
  private func add(
    _ file: String, _ options: AnalysisOptions, to database: DatabaseFile
  ) throws(DatabaseFailure) -> Bool {
    var progress = Progress(path: file, isWanted: !quiet)
    let isShown = progress.isShown
    let result = try database.add(
      path: file, options: options,
      progress: isShown ? { progress.update(records: $0) } : nil
    ) { () throws(IngestError) in try TraceOpener.open(path: file) }
    progress.finish()
    guard case .failure(let error) = result else { return true }
    Terminal.complain("\(file): \(error)")
    return false
  }
}
