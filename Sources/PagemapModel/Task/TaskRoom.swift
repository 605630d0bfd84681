import PagemapEvents

/// What each task is in: calls as intervals from entry to return, lookups, and what it is making.
package struct TaskRoom: Sendable {
  private var table = ObjectTable<TaskState>()
  /// Tasks that are in a modelled call.
  private(set) var callers: [TaskKey] = []
  /// Tasks that are in a lookup.
  private var lookupTasks: [TaskKey] = []

  /// Places of tasks beyond this number are given back at once.
  private static let placeLimit = 256
  /// Tasks in calls beyond this number are not looked at one by one.
  static let callerLimit = 4096

  // MARK: Looking

  /// A copy of what a task is in; nil where nothing is to be known of it.
  package subscript(key: TaskKey) -> TaskState? {
    table[key.address].flatMap { $0.isIdle ? nil : $0 }
  }
  /// All tasks that are in something, lowest first.
  package var all: [(key: TaskKey, value: TaskState)] {
    table.sorted.filter { !$0.value.isIdle }
      .map { (TaskKey(number: Int32(truncatingIfNeeded: $0.key)), $0.value) }.sorted {
        $0.key < $1.key
      }
  }

  /// Whether tasks in calls are few enough to be looked at.
  package var areCallersKnown: Bool { callers.count <= Self.callerLimit }
  /// Whether any task is in a lookup.
  package var areLookingUp: Bool { !lookupTasks.isEmpty }

  /// Looks at a task where it stands.
  @inline(__always)
  func look<Result>(at key: TaskKey, _ body: (borrowing TaskState) -> Result) -> Result? {
    table.look(at: key.address, body)
  }

  /// Whether a task is in a call that `isWanted` says so of.
  package func isInCall(_ key: TaskKey, where isWanted: (OpenCall) -> Bool) -> Bool {
    table.look(at: key.address) { $0.calls.contains(where: isWanted) } ?? false
  }

  /// The innermost call of a task that `isWanted` says so of.
  package func call(of key: TaskKey, where isWanted: (OpenCall) -> Bool) -> OpenCall? {
    table.look(at: key.address) { $0.calls.last(where: isWanted) } ?? nil
  }

  /// All calls that `isWanted` says so of, the tasks in the order in which they began to be in any.
  package func calls(where isWanted: (TaskKey, OpenCall) -> Bool) -> [OpenCall] {
    var found: [OpenCall] = []
    for key in callers { found += table[key.address]?.calls.filter { isWanted(key, $0) } ?? [] }
    return found
  }

  /// Whether any task looks a pagemap up, or in its cache.
  func areLookingUp(_ pagemap: UInt64, _ cache: UInt64?) -> Bool {
    for key in lookupTasks {
      if let lookup = lookup(of: key), lookup.result == pagemap || lookup.cache == cache {
        return true
      }
    }
    return false
  }

  // MARK: Calls

  /// A task enters a function.
  mutating func enter(_ call: OpenCall, by key: TaskKey) {
    if let isFirst = table.with(key.address, { $0.enter(call) }) {
      if isFirst { callers.append(key) }
      return
    }
    var state = TaskState()
    if state.enter(call) { callers.append(key) }
    table.insert(state, at: key.address)
  }

  /// A task leaves a function. Answers the call as it was entered; nil where the entry was not
  /// recorded.
  mutating func leave(_ entry: PagemapEvent.Kind, by key: TaskKey) -> OpenCall? {
    var call: OpenCall?
    var isOut = false
    var isIdle = false
    _ = table.with(key.address) { state in
      call = state.leave(entry)
      isOut = state.calls.isEmpty
      isIdle = state.isIdle
    }
    if call != nil, isOut, let place = callers.lastIndex(of: key) { callers.remove(at: place) }
    if isIdle { forget(key) }
    return call
  }

  /// Reclaim looks up no cache and ends none: a scan that this task is in returned unseen.
  mutating func forgetScan(of key: TaskKey) {
    _ = table.with(key.address) { $0.calls.removeAll { $0.kind == .shrinkerScan } }
  }

  /// Changes the innermost call of a task that is of the kind; nil where it is in none.
  private mutating func change<Result>(
    _ kind: PagemapEvent.Kind, of key: TaskKey, _ body: (inout OpenCall) -> Result
  ) -> Result? {
    table.with(key.address) { state in
      guard let place = state.calls.lastIndex(where: { $0.kind == kind }) else { return nil }
      return body(&state.calls[place])
    } ?? nil
  }

  /// A pagemap is destroyed. Answers whether a scan that the task is in took it off the list.
  mutating func shrunk(by key: TaskKey) -> Bool {
    change(.shrinkerScan, of: key) { $0.shrunk += 1 } != nil
  }

  /// A range is populated, perhaps within `xe_svm_alloc_vram`.
  mutating func populates(_ key: TaskKey) {
    _ = change(.xeAllocVram, of: key) { $0.attempts += 1 }
  }

  /// A device page was mapped, or unmapped, for another device within `drm_gpusvm_get_pages`.
  mutating func countMapping(_ change: Int64, by key: TaskKey) {
    _ = self.change(.getPages, of: key) { $0.mappings &+= change }
  }

  /// The zdd of an allocation ended within calls of a task on it.
  mutating func zddEnded(of allocation: UInt64?, by key: TaskKey) {
    _ = table.with(key.address) { state in
      for place in state.calls.indices where state.calls[place].object == allocation {
        state.calls[place].zddEnded = true
      }
    }
  }

  /// Pages were initialised. Answers the allocation that the task's migration to the device fills.
  mutating func noteBirth(of pages: UInt64, by key: TaskKey) -> UInt64? {
    table.with(key.address) { $0.noteBirth(of: pages) } ?? nil
  }

  /// Pages of an allocation were freed. Answers whether within a migration to the device.
  mutating func noteDeath(of pages: UInt64, in allocation: UInt64?, by key: TaskKey) -> Bool {
    table.with(key.address) { $0.noteDeath(of: pages, in: allocation) } ?? false
  }

  /// Content of device pages went to system memory in the fault or eviction that the task is in.
  mutating func noteMoved(_ pages: UInt64, by key: TaskKey) {
    _ = table.with(key.address) { $0.noteMoved(pages) }
  }

  /// Marks migrations of other tasks that work on the same pages right now. Answers whether there are
  /// any, so that `call` overlaps them.
  mutating func noteOverlaps(of call: OpenCall, by key: TaskKey) -> Bool {
    var overlapped = false
    for other in callers.suffix(Self.callerLimit) where other != key {
      _ = table.with(other.address) { state in
        for place in state.calls.indices where state.calls[place].overlaps(call) {
          state.calls[place].overlapped = true
          overlapped = true
        }
      }
    }
    return overlapped
  }

  // MARK: Lookups, and what is made

  /// The task has a cache's lock.
  mutating func beginLookup(in cache: UInt64, by key: TaskKey) {
    change(key) { $0.lookup = TaskState.Lookup(cache: cache) }
    if !lookupTasks.contains(key), lookupTasks.count < Self.callerLimit { lookupTasks.append(key) }
  }

  /// Changes the lookup that a task is in. Answers the cache; nil where the task is in none.
  private mutating func lookup(_ key: TaskKey, _ body: (inout TaskState.Lookup) -> Void) -> UInt64?
  {
    table.with(key.address) { state in
      guard state.lookup != nil else { return nil }
      state.changeLookup(body)
      return state.lookup?.cache
    } ?? nil
  }

  /// The lookup saw which pagemap the slot holds.
  mutating func foundSlot(_ note: EventNote, by key: TaskKey) {
    _ = lookup(key) { $0.slot = note }
  }

  /// The slot was empty, which it must not be. Answers whether the task is in a lookup.
  mutating func keepLostSlot(_ breach: Breach, of key: TaskKey) -> Bool {
    lookup(key) { $0.lostSlot = breach } != nil
  }

  /// The slot's pagemap could not be taken off the shrinker's list. Answers the cache.
  mutating func refused(_ refused: Pagemap.Refused, by key: TaskKey) -> UInt64? {
    lookup(key) { $0.refused = refused }
  }

  /// The lookup came up with a pagemap.
  mutating func found(_ pagemap: UInt64, by key: TaskKey) {
    _ = lookup(key) { $0.result = pagemap }
  }

  /// The lookup creates a pagemap.
  mutating func beginCreation(of key: TaskKey, at time: UInt64) {
    _ = lookup(key) { $0.creationBegan = time }
  }

  /// The lookup has created a pagemap.
  mutating func created(_ pagemap: UInt64, by key: TaskKey) {
    _ = lookup(key) { ($0.result, $0.isCreated) = (pagemap, true) }
  }

  /// The task initialises a pagemap.
  mutating func create(_ pagemap: UInt64, by key: TaskKey) { change(key) { $0.creating = pagemap } }

  /// The pagemap that the task initialised has joined a group, or has failed.
  mutating func endCreation(of key: TaskKey, hasFailed: Bool) {
    _ = table.with(key.address) { $0.creating = nil }
    if hasFailed { dropIfIdle(key) }
  }

  /// A task that migrates pages has left its lookup.
  mutating func leaveLookup(of key: TaskKey) {
    _ = table.with(key.address) { $0.lookup = nil }
    lookupTasks.removeAll { $0 == key }
  }

  /// The task has given a cache's lock back.
  mutating func endLookup(of key: TaskKey) {
    leaveLookup(of: key)
    endCreation(of: key, hasFailed: true)
  }

  /// The task let a VM's peer join, and fills the VM's slots next.
  mutating func beginJoining(_ peer: UInt64, by key: TaskKey) { change(key) { $0.joining = peer } }

  /// The task does something outside a lookup: it is done with filling a VM's slots.
  mutating func endJoining(of key: TaskKey) {
    let hasEnded = table.with(key.address) { state in
      guard state.joining != nil, state.lookup == nil else { return false }
      state.joining = nil
      return true
    }
    if hasEnded == true { dropIfIdle(key) }
  }

  /// The task let a peer leave its group.
  mutating func leftGroup(_ key: TaskKey) {
    _ = table.with(key.address) { $0.joining = nil }
    dropIfIdle(key)
  }

  private mutating func change(_ key: TaskKey, _ body: (inout TaskState) -> Void) {
    guard table.with(key.address, body) == nil else { return }
    var state = TaskState()
    body(&state)
    table.insert(state, at: key.address)
  }

  /// Forgets a task that nothing needs to be remembered of.
  private mutating func dropIfIdle(_ key: TaskKey) {
    if table.look(at: key.address, { $0.isIdle }) == true { forget(key) }
  }

  /// A task that nothing needs to be remembered of keeps its place, as it is likely to come again, unless
  /// there are many.
  private mutating func forget(_ key: TaskKey) {
    if table.count > Self.placeLimit { table.remove(key.address) }
  }
}
