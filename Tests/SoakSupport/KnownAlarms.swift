/// Rules that are known to be wrong about some legal sequences, and when. The aim is an empty table.
package enum KnownAlarms {
  private static let table: [(rule: Int, kind: String, reason: String)] = [
    (11, "", "a CPU fault that returned holds its page until do_swap_page puts it"),
    (1, "window", "the recording ends inside the lookup that revived the pagemap"),
  ]

  /// Whether a false alarm of this rule, in a check of this kind, is known of.
  static func hold(_ rule: Int, _ kind: String) -> Bool {
    table.contains { $0.rule == rule && kind.hasPrefix($0.kind) }
  }
}
