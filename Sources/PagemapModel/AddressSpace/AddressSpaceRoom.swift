/// Processes' address spaces (`struct mm_struct`), as far as they have device memory.
package struct AddressSpaceRoom: Sendable {
  /// Entries of `exit_mmap` that have not returned.
  private var exits = ObjectTable<EventNote>()
  /// By the address space whose pages others share.
  private var sharers = ObjectTable<Sharers>()
  /// By the address space that shares another one's pages.
  private var sharedFrom = MemberIndex()

  /// Address spaces that faulted on another one's device pages: children share their parent's pages
  /// until either writes to them.
  package struct Sharers: Sendable {
    /// Those whose `exit_mmap` did not return yet, at most 64.
    package private(set) var living: [UInt64] = []

    fileprivate mutating func note(_ mm: UInt64) {
      if living.count < 64, !living.contains(mm) { living.append(mm) }
    }

    fileprivate mutating func forget(_ mm: UInt64) { living.removeAll { $0 == mm } }
  }

  /// The address spaces that share pages of this one, as far as faults showed; nil where none did.
  package func sharers(of mm: UInt64?) -> Sharers? { mm.flatMap { sharers[$0] } }

  /// Whether its `exit_mmap` runs.
  func isExiting(_ mm: UInt64) -> Bool { exits.contains(mm) }

  /// An address space faulted on a device page of another one.
  mutating func share(_ own: UInt64, with mm: UInt64) {
    if sharers.with(own, { $0.note(mm) }) == nil {
      var first = Sharers()
      first.note(mm)
      sharers.insert(first, at: own)
    }
    sharedFrom.add(own, to: mm)
  }

  /// The last allocation of an address space ended.
  mutating func forgetSharers(of mm: UInt64) { sharers.remove(mm) }

  /// `exit_mmap` was entered.
  mutating func beginExit(of mm: UInt64, _ note: EventNote) { exits.insert(note, at: mm) }

  /// It is in use: another one has its address.
  mutating func forgetExit(of mm: UInt64) { exits.remove(mm) }

  /// `exit_mmap` returned.
  mutating func exited(_ mm: UInt64) {
    for parent in sharedFrom.removeAll(of: mm) { _ = sharers.with(parent) { $0.forget(mm) } }
    exits.remove(mm)
  }
}
