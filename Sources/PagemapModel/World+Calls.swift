import PagemapEvents

/// Calls as intervals: what each task has entered and not left.
extension World {
  /// Notes that the event's task entered the function.
  mutating func enter(_ event: borrowing PagemapEvent, object: UInt64) {
    let call = OpenCall(kind: event.kind, note: EventNote(event, .dpagemap), object: object)
    enter(call, event)
  }

  /// Notes that the event's task entered the function, with what is known of the call.
  mutating func enter(_ call: OpenCall, _ event: borrowing PagemapEvent) {
    var call = call
    if event.kind == .acquireOwner { call.start = event.peerPrivate ?? 1 }
    let key = task(of: event)
    if tasks[key, default: TaskState()].enter(call) { callers.append(key) }
    noteCaller(call, event)
  }

  /// Notes that the event's task left the function. Answers the call as it was entered; nil where
  /// the entry was not recorded.
  mutating func leave(_ event: borrowing PagemapEvent, from entry: PagemapEvent.Kind) -> OpenCall? {
    let key = task(of: event)
    guard let index = tasks.index(forKey: key) else { return nil }
    let call = tasks.values[index].leave(entry)
    if call != nil, tasks.values[index].calls.isEmpty, let place = callers.lastIndex(of: key) {
      callers.remove(at: place)
    }
    if tasks.withValue(of: key, { $0.isIdle }) == true { tasks.remove(at: index) }
    if !suspects.isEmpty, let call, let breach = suspects.removeValue(forKey: call.note.sequence) {
      report(breach)
    }
    return call
  }

  /// Keeps a breach until the call that it happened in returns: if that one's return was missed, the
  /// call was over before.
  mutating func suspect(_ breach: Breach, in call: EventNote) {
    if suspects.count >= 256 { suspects.removeAll() }
    if suspects[call.sequence] == nil { suspects[call.sequence] = breach }
  }

  /// Forgets a task that nothing needs to be remembered of.
  mutating func dropIfIdle(_ key: Int32) {
    if tasks.withValue(of: key, { $0.isIdle }) == true { tasks[key] = nil }
  }

  /// Whether any task is in a modelled call on this pagemap.
  package func hasOpenCall(on pagemap: UInt64) -> Bool {
    guard callers.count <= Self.callerLimit else { return true }
    let cache = pagemaps[pagemap]?.cache
    let isLookedUp = lookers.contains { key in
      tasks[key]?.lookup.map { $0.result == pagemap || $0.cache == cache } ?? false
    }
    return isLookedUp
      || callers.contains { key in
        tasks[key]?.calls.contains { call in
          call.object == pagemap || allocations[call.object]?.pagemap == pagemap
        } ?? false
      }
  }
}

extension TaskState {
  /// How deep calls of one task may nest before older ones are taken as returned unseen.
  private static let depthLimit = 16

  /// Adds a call. The same function is not entered twice by one task: an older call of it must have
  /// returned unseen, and with it all that it called. Answers whether the task was in no call.
  mutating func enter(_ call: OpenCall) -> Bool {
    let isFirst = calls.isEmpty
    if let stale = calls.firstIndex(where: { $0.kind == call.kind }) {
      calls.removeSubrange(stale...)
    } else if calls.count >= Self.depthLimit {
      calls.removeFirst()
    }
    switch call.kind {
    // What a lookup calls leaves the VM that it is for as it is.
    case .acquireOwner, .cacheLockLookup, .cacheCreate, .shrinkerCancel, .shrinkerScan: break
    default: joining = nil
    }
    calls.append(call)
    return isFirst
  }

  /// Takes away the call that returns, and with it calls inside whose return was not seen.
  mutating func leave(_ entry: PagemapEvent.Kind) -> OpenCall? {
    guard let index = calls.lastIndex(where: { $0.kind == entry }) else { return nil }
    let call = calls[index]
    calls.removeSubrange(index...)
    return call
  }
}
