import PagemapEvents

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

  /// Takes in the count of a function that may sleep. Answers whether it is too high, and whether
  /// that is sure: other functions of this trace showed how much the probes add.
  mutating func judge(_ count: Int, _ attachment: Attachment) -> (isHigh: Bool, isSure: Bool) {
    let known = lowest[attachment.rawValue]
    lowest[attachment.rawValue] = min(known ?? count, count)
    guard count > attachment.added else { return (false, false) }
    return (true, (known ?? count) < count)
  }
}

extension World {
  /// Checks the preempt count of a function that only runs where sleeping is allowed.
  mutating func checkPreemption(_ event: borrowing PagemapEvent) {
    guard let context = event.context, context.isTask,
      let attachment = attachment(of: event.kind)
    else { return }
    let count = context.preemptCount
    let (isHigh, isSure) = preemption.judge(count, attachment)
    guard isHigh else { return }
    let note = EventNote(event, .cache, .shrinker, .dpagemap, .devmem)
    var breach = Breach(
      .preemptCount, sleeper(event), serial: 1 << 61 | UInt64(UInt32(bitPattern: event.pid)),
      note: note)
    breach.isAmbiguous = !isSure
    breach.found = Int64(count - attachment.added)
    report(breach)
  }

  /// What the function works on.
  private func sleeper(_ event: borrowing PagemapEvent) -> ObjectReference {
    if let cache = event.cache { return ObjectReference(kind: .cache, address: cache, epoch: 1) }
    if let shrinker = event.shrinker {
      return ObjectReference(kind: .shrinker, address: shrinker, epoch: 1)
    }
    if let address = event.dpagemap, let pagemap = pagemaps[address] { return reference(pagemap) }
    return ObjectReference(
      kind: .task, address: UInt64(UInt32(bitPattern: event.pid)), epoch: 1)
  }

  /// How the probe of a function that may sleep is attached; nil for functions that need not be able
  /// to.
  private func attachment(of kind: PagemapEvent.Kind) -> PreemptionBaseline.Attachment? {
    switch kind {
    case .cacheFini: records.returns(.cacheFiniReturn)
    case .shrinkerFini: records.returns(.shrinkerFiniReturn)
    case .cacheLockLookup: records.returns(.cacheLockLookupReturn)
    case .acquireOwner: records.returns(.acquireOwnerReturn)
    case .releaseOwner: records.returns(.releaseOwnerReturn)
    case .populateMM: records.returns(.populateMMReturn)
    case .migrateToDevmem: records.returns(.migrateToDevmemReturn)
    case .evictToRam: records.returns(.evictToRamReturn)
    case .getPages: records.returns(.getPagesReturn)
    case .memunmapPages: records.returns(.memunmapPagesReturn)
    case .cacheFiniReturn, .shrinkerFiniReturn, .cacheLockLookupReturn, .acquireOwnerReturn,
      .releaseOwnerReturn, .populateMMReturn, .migrateToDevmemReturn, .evictToRamReturn,
      .getPagesReturn, .memunmapPagesReturn:
      .atReturn
    default: nil
    }
  }
}

extension Records {
  /// How the entry probe of a function is attached, by the event of its return.
  func returns(_ kind: PagemapEvent.Kind) -> PreemptionBaseline.Attachment {
    kinds.contains(kind) ? .entryAndReturn : .entryOnly
  }
}
