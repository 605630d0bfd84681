/// Puts on pagemaps that no leaving VM explains yet.
package struct DeficitRoom: Sendable {
  /// All of them, in the order they were made.
  package private(set) var all: [Deficit] = []
  /// Tasks whose last put may belong to a VM's close.
  private var freshPutters: [Int32] = []
  private static let limit = 1024

  /// Whether there is none.
  var isEmpty: Bool { all.isEmpty }

  /// Those of one life of a pagemap.
  func of(_ serial: UInt64) -> [Deficit] { all.filter { $0.pagemapSerial == serial } }

  /// Adds one.
  mutating func add(_ deficit: Deficit) {
    guard all.count < Self.limit else { return }
    all.append(deficit)
    if freshPutters.count > 2 * all.count {
      freshPutters = Array(Set(all.lazy.filter(\.isFresh).map(\.put.pid)))
    } else if !freshPutters.contains(deficit.put.pid) {
      freshPutters.append(deficit.put.pid)
    }
  }

  /// A task does something else than put and release: its puts belong to no VM's close any more.
  mutating func age(of pid: Int32) {
    guard let place = freshPutters.firstIndex(of: pid) else { return }
    freshPutters.remove(at: place)
    for index in all.indices where all[index].put.pid == pid { all[index].isFresh = false }
  }

  /// A VM that joined unseen has put its slot and leaves.
  mutating func settleUnseen(of pid: Int32) {
    if let own = all.firstIndex(where: { $0.put.pid == pid && $0.isFresh }) { all.remove(at: own) }
  }

  /// The VM that left accounts for one put of a pagemap's life: the first one of its own task's close,
  /// if there is one. Another put of the same close was one too many.
  mutating func settle(_ serial: UInt64, of pid: Int32) {
    let open = all.indices.filter { all[$0].pagemapSerial == serial }
    let own = open.first { all[$0].put.pid == pid && all[$0].isFresh }
    guard let settled = own ?? open.last(where: { all[$0].put.pid == pid }) ?? open.first
    else { return }
    for index in open where index != settled && all[index].put.pid == pid && all[index].isFresh {
      all[index].isOverdrawn = true
      all[index].needed -= 1
    }
    all.remove(at: settled)
  }

  /// Forgets those of whose holders none is left.
  mutating func forget(where hasLeft: (UInt64) -> Bool) {
    guard !all.isEmpty else { return }
    all.removeAll { $0.holders.allSatisfy(hasLeft) }
  }
}
