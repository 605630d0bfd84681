import PagemapEvents

/// What preempt counts rule out.
extension KernelMirror {
  /// Checks the preempt count of a function that only runs where sleeping is allowed.
  mutating func checkPreemption(_ event: borrowing PagemapEvent) {
    guard tasks.maySleep(in: event.kind), let context = event.context, context.isKnown,
      context.isTask, let found = tasks.judgePreemption(event.kind, context.preemptCount)
    else { return }
    var breach = Breach(
      .preemptCount, sleeper(event), .task(event.pid),
      note: EventNote(event, .cache, .shrinker, .dpagemap, .devmem))
    breach.isAmbiguous = !found.isSure
    breach.found = Int64(found.excess)
    news.report(breach)
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
}
