/// Rules that are known to be wrong about some legal sequences, and when. The aim is an empty table.
package enum KnownAlarms {
  private static let table: [(rule: Int, kind: String, reason: String)] = [
    (11, "", "pages of a process that is gone stay with its child: no eviction finishes"),
    (27, "", "the reference kernel lets a lookup go on while the cache is freed"),
  ]

  /// Whether a false alarm of this rule, in a check of this kind, is known of.
  static func hold(_ rule: Int, _ kind: String) -> Bool {
    table.contains { $0.rule == rule && kind.hasPrefix($0.kind) }
  }
}
