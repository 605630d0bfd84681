import PagemapEvents

/// Calls as intervals: what each task has entered and not left.
extension KernelMirror {
  /// The event's task entered the function.
  mutating func enter(_ event: borrowing PagemapEvent, object: UInt64) {
    enter(OpenCall(kind: event.kind, note: EventNote(event, .dpagemap), object: object), event)
  }

  /// The event's task entered the function, with what is known of the call.
  mutating func enter(_ call: OpenCall, _ event: borrowing PagemapEvent) {
    var call = call
    if event.kind == .acquireOwner { call.peerPrivate = event.peerPrivate ?? 1 }
    tasks.enter(call, by: TaskKey(event))
    noteCaller(call, event)
  }

  /// The event's task left the function. Answers the call as it was entered; nil where the entry was
  /// not recorded.
  mutating func leave(_ event: borrowing PagemapEvent, from entry: PagemapEvent.Kind) -> OpenCall? {
    guard let call = tasks.leave(entry, by: TaskKey(event)) else { return nil }
    news.returned(from: call.note.sequence)
    return call
  }

  /// Whether any task is in a modelled call on this pagemap.
  package func hasOpenCall(on pagemap: UInt64) -> Bool {
    guard tasks.areCallersKnown else { return true }
    return tasks.areLookingUp(pagemap, pagemaps.cache(of: pagemap))
      || tasks.areAnyCallers { call in
        call.object == pagemap || allocations.pagemap(of: call.object) == pagemap
      }
  }
}
