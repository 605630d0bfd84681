/// The migrations to device memory that ended last, for telling overlaps.
struct RecentMigrations: Sendable {
  private struct Entry {
    var mm: UInt64 = 0
    var start: UInt64 = 0
    var end: UInt64 = 0
    var pid: Int32 = 0
    var ended: UInt64 = 0
  }
  private var entries: [Entry] = []
  private var next = 0

  mutating func add(mm: UInt64, start: UInt64, end: UInt64, pid: Int32, ended: UInt64) {
    let entry = Entry(mm: mm, start: start, end: end, pid: pid, ended: ended)
    if entries.count < 64 {
      entries.append(entry)
    } else {
      entries[next] = entry
      next = (next + 1) % 64
    }
  }

  /// Whether another task's migration of these pages ended at or after `time`.
  func overlaps(mm: UInt64, start: UInt64, end: UInt64, otherThan pid: Int32, since time: UInt64)
    -> Bool
  {
    entries.contains {
      $0.mm == mm && $0.pid != pid && $0.start < end && start < $0.end && $0.ended >= time
    }
  }
}
