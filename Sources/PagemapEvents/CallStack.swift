/// The kernel stack that ftrace recorded with an event, from the function that the event is of
/// outwards: `addresses[0]` lies in that function (of a return event in its caller), the next in its
/// caller, and so on. The frames of the tracer itself are left out.
///
/// The addresses are return addresses. `Symbols` knows their names.
package struct CallStack: Sendable {
  /// The addresses; one buffer, used again and again.
  package internal(set) var addresses: [UInt64] = []
  /// The place of the event that it belongs to, counted from 0 over all events decoded.
  package internal(set) var owner: UInt64 = 0
  /// What that event was.
  package internal(set) var ownerKind = PagemapEvent.Kind.pagemapInit

  /// Frames beyond this number are left out.
  package static let limit = 64

  package init() { addresses.reserveCapacity(Self.limit) }

  /// Leaves out what stands before the frame that the event is of: the first one from `function` to
  /// a few bytes behind it, where the tracer was called, or the one that returns to `caller`.
  ///
  /// - Returns: false where there is no such frame: the stack is that of another event.
  mutating func startAt(function: UInt64, caller: UInt64) -> Bool {
    let place = addresses.firstIndex {
      caller == 0 ? $0 >= function && $0 - function <= Self.entrySize : $0 == caller
    }
    guard let place, function != 0 else { return false }
    addresses.removeSubrange(..<place)
    return true
  }

  /// How far behind a function's first byte a probe at its entry may be called, in bytes.
  private static let entrySize: UInt64 = 16
}

/// Which event a CPU's next stack belongs to: the latest one.
struct StackOwner: BitwiseCopyable, Sendable {
  var function: UInt64 = 0
  var caller: UInt64 = 0
  var pid: Int32 = 0
  var kind = PagemapEvent.Kind.pagemapInit
  var sequence: UInt64 = 0
}

/// The latest event of every CPU, kept only where a trace may hold stacks.
struct StackOwners: Sendable {
  private var owners: [StackOwner] = []

  /// More CPUs than any kernel is built for.
  private static let cpuLimit: UInt32 = 8192

  /// The latest event of a CPU.
  @inline(__always)
  subscript(cpu: UInt32) -> StackOwner {
    get { cpu < UInt32(truncatingIfNeeded: owners.count) ? owners[Int(cpu)] : StackOwner() }
    set {
      if cpu >= UInt32(truncatingIfNeeded: owners.count) {
        guard cpu < Self.cpuLimit else { return }
        makeRoom(for: cpu)
      }
      owners[Int(cpu)] = newValue
    }
  }

  private mutating func makeRoom(for cpu: UInt32) {
    while owners.count <= Int(cpu) { owners.append(StackOwner()) }
  }
}
