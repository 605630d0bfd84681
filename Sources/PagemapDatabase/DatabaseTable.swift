/// A table of the database: its columns in the order that rows have them.
///
/// Every table but `meta` begins with `trace`, the number of the trace in `traces`.
package final class DatabaseTable: Sendable {
  /// The name in SQL.
  package let name: String
  /// The columns in the order in which rows give their values.
  package let columns: [Column]
  /// What identifies a row.
  let key: [String]

  /// What the schema says of one value of a row.
  package struct Column: Hashable, Sendable {
    /// The name in SQL, unique in its table.
    package let name: String
    /// Its type in a strict table: `INTEGER` or `TEXT`.
    package let type: String
    /// Whether every row has a value in it.
    package let isAlwaysThere: Bool
  }

  /// `columns` are words such as `time_ns`, `task:text` and `device:text?`: what has no type is an
  /// integer, and what ends in `?` may be NULL.
  init(_ name: String, _ columns: String, key: String = "") {
    self.name = name
    self.columns = columns.split(separator: " ").map { word in
      let isOptional = word.hasSuffix("?")
      let parts = word.prefix { $0 != "?" }.split(separator: ":")
      return Column(
        name: parts.first.map(String.init) ?? "", type: parts.last == "text" ? "TEXT" : "INTEGER",
        isAlwaysThere: !isOptional)
    }
    self.key = key.split(separator: " ").map(String.init)
  }

  /// The statement that makes it.
  var creation: String {
    var lines = columns.map { column in
      "  \"\(column.name)\" \(column.type)" + (column.isAlwaysThere ? " NOT NULL" : "")
    }
    if !key.isEmpty { lines.append("  PRIMARY KEY (\(key.joined(separator: ", ")))") }
    let options = key.count > 1 ? "STRICT, WITHOUT ROWID" : "STRICT"
    return "CREATE TABLE \(name) (\n\(lines.joined(separator: ",\n"))\n) \(options)"
  }

  /// The statement that adds a row.
  var insertion: String {
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    return "INSERT INTO \(name) VALUES (\(marks))"
  }
}
