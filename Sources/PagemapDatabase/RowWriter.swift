import GRDB
import PagemapReport
import TraceWords

/// Adds rows of one trace to the tables, some thousands a transaction.
struct RowWriter {
  /// The trace's number.
  let trace: Int64
  private let database: Database
  private let statements: [ObjectIdentifier: Statement]
  private var pending = 0

  /// Rows of a transaction.
  private static let rowLimit = 8192

  init(_ database: Database, trace: Int64) throws {
    self.trace = trace
    self.database = database
    statements = try Dictionary(
      uniqueKeysWithValues: DatabaseSchema.tables.map { table in
        (ObjectIdentifier(table), try database.makeStatement(sql: table.insertion))
      })
  }

  /// Adds a row, whose first column is the trace's number.
  mutating func add(_ table: DatabaseTable, _ values: [DatabaseValue]) throws {
    if pending == 0 { try database.execute(sql: "BEGIN") }
    pending += 1
    // As existentials: GRDB takes other sequences apart with key paths, which costs more than SQLite.
    var row: [(any DatabaseValueConvertible)?] = [trace]
    row.reserveCapacity(values.count + 1)
    for value in values { row.append(value) }
    try statements[ObjectIdentifier(table)]?.execute(arguments: StatementArguments(row))
    if pending >= Self.rowLimit { try commit() }
  }

  /// Ends the transaction that is open.
  mutating func commit() throws {
    guard pending > 0 else { return }
    pending = 0
    try database.execute(sql: "COMMIT")
  }

  /// Removes all rows of the trace.
  mutating func abandon() throws {
    try commit()
    try database.execute(sql: "BEGIN")
    for table in DatabaseSchema.tables where table !== DatabaseSchema.meta {
      try database.execute(sql: "DELETE FROM \(table.name) WHERE trace = ?", arguments: [trace])
    }
    try database.execute(sql: "COMMIT")
  }
}

/// Values as columns have them.
extension DatabaseValue {
  /// A count or a stamp; what SQLite's signed numbers cannot hold is the greatest of them.
  static func number(_ value: UInt64) -> DatabaseValue { Int64(clamping: value).databaseValue }

  static func number(_ value: UInt64?) -> DatabaseValue { value.map { .number($0) } ?? .null }

  static func number(_ value: Int64?) -> DatabaseValue { value.map(\.databaseValue) ?? .null }

  static func number(_ value: some BinaryInteger) -> DatabaseValue {
    Int64(clamping: value).databaseValue
  }

  static func flag(_ value: Bool?) -> DatabaseValue {
    value.map { Int64($0 ? 1 : 0).databaseValue } ?? .null
  }

  /// Text of the trace, with what would steer a terminal written out.
  static func text(_ value: String?) -> DatabaseValue {
    value.map { UntrustedText.escaped($0).databaseValue } ?? .null
  }

  /// Lines of text, each escaped.
  static func lines(_ values: [String]) -> DatabaseValue {
    values.map(UntrustedText.escaped).joined(separator: "\n").databaseValue
  }

  /// An address as text, since SQLite's numbers have a sign.
  static func address(_ value: UInt64) -> DatabaseValue {
    Format.address(value).databaseValue
  }

  /// As `address`, NULL where it is not known.
  static func address(orNull value: UInt64?) -> DatabaseValue {
    guard let value, value != 0 else { return .null }
    return .address(value)
  }
}
