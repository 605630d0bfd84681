import PagemapModel
import TraceWords

/// What tells that a finding is the same one as in another recording of the same scenario.
///
/// It is made of the rule, the device's name, the kind of object, the task's name, the function where
/// it appeared and the ordinal among findings that are equal in all of these. Addresses, times,
/// process ids, CPUs and paths are not in it.
package struct Fingerprint: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The hash, FNV-1a of the parts.
  package let value: UInt64

  /// The fingerprint with this text: 16 hexadecimal digits; nil where it is none.
  package init?(_ text: String) {
    guard text.utf8.count == 16, let value = UInt64(text, radix: 16),
      text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") })
    else { return nil }
    self.value = value
  }

  /// The fingerprint of some parts, in their order.
  package init(of parts: [String]) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in parts {
      // The 0 ends a part, so that no two lists of parts give the same bytes.
      for byte in Array(part.utf8) + [0] {
        hash ^= UInt64(byte)
        hash = hash &* 0x100_0000_01b3
      }
    }
    value = hash
  }

  package static func < (one: Fingerprint, other: Fingerprint) -> Bool { one.value < other.value }

  package var description: String {
    Format.hexadecimal(value, digits: 16)
  }
}

extension Finding {
  /// What the fingerprint is made of, but for the ordinal.
  package var identity: [String] {
    [
      rule.description, object.device ?? "", object.kind.rawValue,
      Self.family(of: firstSeen.task ?? ""), function,
    ]
  }

  /// The function where it appeared: that of the event it was first seen at, as the kernel calls it;
  /// empty where no event tells it.
  package var function: String {
    let first = evidence.first {
      $0.moment.time == firstSeen.time && $0.moment.cpu == firstSeen.cpu
    }
    guard let event = (first ?? evidence.first)?.event else { return "" }
    return String(event.prefix { $0 != " " && $0 != "(" })
  }

  /// The name of a task without what differs from run to run: a kernel thread's number, CPU and
  /// work queue (`kworker/3:1-events` is one of the `kworker`s).
  package static func family(of task: String) -> String {
    let kernelThreads = [
      "kworker/", "ksoftirqd/", "migration/", "cpuhp/", "rcuop/", "rcuos/", "rcuog/",
      "idle_inject/",
      "irq/", "scsi_eh_", "kcompactd", "kswapd",
    ]
    guard let family = kernelThreads.first(where: task.hasPrefix) else { return task }
    return String(family.prefix { $0 != "/" })
  }
}
