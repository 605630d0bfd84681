package import PagemapEvents

/// Preempt counts: a spinlock that a function forgot to unlock shows in what its task does next.
///
/// ftrace's own handlers raise the count that they write: a function probe (fprobe) by one, and by one
/// more at the entry of a function whose return it watches, too; a kprobe by none. So the counts of
/// functions that only run where sleeping is allowed are known, up to that.
struct PreemptionBaseline: Sendable {
  /// The lowest counts seen, by the kind of the probe; nil before the first.
  private var lowest: [Int?] = [nil, nil, nil]

  /// How a probe is attached.
  enum Attachment: Int {
    case entryOnly, entryAndReturn, atReturn

    /// What an fprobe adds.
    var added: Int { self == .entryAndReturn ? 2 : 1 }
  }

  /// Whether the count of a function that may sleep is too high, and whether that is sure: other
  /// functions of this trace showed how much the probes add.
  func judge(_ count: Int, _ attachment: Attachment) -> (isHigh: Bool, isSure: Bool) {
    guard count > attachment.added else { return (false, false) }
    return (true, (lowest[attachment.rawValue] ?? count) < count)
  }

  /// Takes in the count of a function that may sleep.
  mutating func learn(_ count: Int, _ attachment: Attachment) {
    lowest[attachment.rawValue] = min(lowest[attachment.rawValue] ?? count, count)
  }
}

/// How the probes of functions that only run where sleeping is allowed are attached, by kind.
struct Sleepers: Sendable {
  private var attachments: [PreemptionBaseline.Attachment?]

  /// Those of a trace with these probes. A text does not tell which returns are watched; where one may
  /// be, its entry may have the higher count.
  init(_ probes: ProbeInventory) {
    let kinds = Set(probes.present.map(\.kind))
    attachments = .init(repeating: nil, count: PagemapEvent.Kind.allCases.count)
    for (entry, atReturn) in Self.functions {
      attachments[entry.index] =
        kinds.contains(atReturn) || !probes.isComplete ? .entryAndReturn : .entryOnly
      attachments[atReturn.index] = .atReturn
    }
  }

  /// nil for functions that need not be able to sleep.
  subscript(kind: PagemapEvent.Kind) -> PreemptionBaseline.Attachment? {
    attachments[kind.index]
  }

  /// The entries and the returns of those functions.
  static let kinds = functions.flatMap { [$0.0, $0.1] }

  private static let functions: [(PagemapEvent.Kind, PagemapEvent.Kind)] = [
    (.cacheFini, .cacheFiniReturn), (.shrinkerFini, .shrinkerFiniReturn),
    (.cacheLockLookup, .cacheLockLookupReturn), (.acquireOwner, .acquireOwnerReturn),
    (.releaseOwner, .releaseOwnerReturn), (.populateMM, .populateMMReturn),
    (.migrateToDevmem, .migrateToDevmemReturn), (.evictToRam, .evictToRamReturn),
    (.getPages, .getPagesReturn), (.memunmapPages, .memunmapPagesReturn),
  ]
}

/// The preempt counts of functions that only run where sleeping is allowed.
package struct PreemptionRoom: Sendable {
  private var baseline = PreemptionBaseline()
  /// Whether any event of those functions told its preempt count: a text may leave it out.
  package private(set) var isTold = false
  private let sleepers: Sleepers

  init(_ probes: ProbeInventory) { sleepers = Sleepers(probes) }

  /// The entries and returns of those functions.
  package static var kinds: [PagemapEvent.Kind] { Sleepers.kinds }

  /// How much a preempt count at such an event is too high, and whether that is sure; nil where it is
  /// right.
  package func judge(_ count: Int, in kind: PagemapEvent.Kind) -> (excess: Int, isSure: Bool)? {
    guard let attachment = sleepers[kind] else { return nil }
    let (isHigh, isSure) = baseline.judge(count, attachment)
    return isHigh ? (count - attachment.added, isSure) : nil
  }

  /// Takes in the preempt count at such an event.
  mutating func learn(_ count: Int, in kind: PagemapEvent.Kind) {
    guard let attachment = sleepers[kind] else { return }
    isTold = true
    baseline.learn(count, attachment)
  }
}

extension PreemptionRoom: Room {
  static let steps: [StepRow] = kinds.map { kind in
    .on(kind) { mirror, event in
      guard let context = event.context, context.isKnown, context.isTask else { return }
      mirror.preemption.learn(context.preemptCount, in: event.kind)
    }
  }
}
