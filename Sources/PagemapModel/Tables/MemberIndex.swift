/// Who belongs to whom, so that no event has to look through all objects for the few that it
/// concerns. The objects themselves say what is true: an index may name some that have gone.
struct MemberIndex: Sendable {
  private var members: [UInt64: Set<UInt64>] = [:]

  /// Whether anything belongs to `key`.
  func contains(_ key: UInt64) -> Bool { members[key] != nil }

  /// What belongs to `key`, lowest first.
  subscript(key: UInt64) -> [UInt64] { members[key]?.sorted() ?? [] }

  /// Notes that `member` belongs to `key`.
  mutating func add(_ member: UInt64, to key: UInt64) {
    members[key, default: []].insert(member)
  }

  /// Notes that `member` no longer belongs to `key`. Answers whether nothing is left of `key`.
  @discardableResult
  mutating func remove(_ member: UInt64, from key: UInt64) -> Bool {
    guard let index = members.index(forKey: key) else { return true }
    members.values[index].remove(member)
    guard members.values[index].isEmpty else { return false }
    members.remove(at: index)
    return true
  }

  /// Takes away all that belongs to `key`. Answers it, lowest first.
  mutating func removeAll(of key: UInt64) -> [UInt64] {
    members.removeValue(forKey: key)?.sorted() ?? []
  }
}
