import PagemapEvents

/// What tells where an unexplained reference came from: stacks, and the tasks that were at work.
extension World {
  /// Keeps a stack, and with a pagemap whose count its event showed to have risen.
  mutating func keepStack(of event: borrowing PagemapEvent) {
    guard let address = stacks.add(event.stack), let frames = stacks.frames(of: event.stack.owner)
    else { return }
    let owner = event.stack.owner
    pagemaps.withValue(of: address) { pagemap in
      for place in pagemap.levels.indices where pagemap.levels[place].reached.sequence == owner {
        pagemap.levels[place].stack = frames
      }
    }
  }

  /// Takes in the count of a pagemap as an event sampled it.
  mutating func takeSample(_ value: Int64, of address: UInt64, _ note: EventNote) {
    let hasGrown = pagemaps.withValue(of: address) { $0.take(value, note) }
    if hasGrown == true { noteGrowth(of: address, note) }
  }

  /// More of a pagemap's count is unexplained than before: besides the calls that were entered since
  /// the last sample, those that are still open may be the reason.
  mutating func noteGrowth(of address: UInt64, _ note: EventNote) {
    stacks.expect(note.sequence, of: address)
    guard callers.count > 1, callers.count <= Self.callerLimit else { return }
    let cache = pagemaps[address]?.cache
    var open = TaskList()
    for key in callers where key > 0 {
      let isHere = tasks[key]?.calls.contains { call in
        call.object == address || call.object == cache
          || allocations[call.object]?.pagemap == address
      }
      if isHere == true { open.insert(key) }
    }
    let pids = open.all
    pagemaps.withValue(of: address) { pagemap in
      for place in pagemap.levels.indices
      where pagemap.levels[place].reached.sequence == note.sequence {
        for pid in pids { pagemap.levels[place].tasks.insert(pid) }
      }
    }
  }

  /// Notes with the pagemap that a call is on, or on whose cache, which task entered it.
  mutating func noteCaller(_ call: OpenCall, _ event: borrowing PagemapEvent) {
    guard event.pid != 0 else { return }
    let pid = event.pid
    guard let address = event.dpagemap ?? caches[call.object]?.pagemap else { return }
    pagemaps.withValue(of: address) { $0.recentTasks.insert(pid) }
  }
}

extension ReferenceLedger {
  /// Who holds a pagemap's references as the model knows it, by a sample of its count.
  package init(of pagemap: Pagemap, _ sample: Pagemap.Sample) {
    var holders: [Holder] = []
    if !pagemap.slots.isEmpty {
      holders.append(
        Holder(
          kind: "VM slot", count: Int64(pagemap.slots.count),
          addresses: Array(pagemap.slots.map(\.peer).sorted().prefix(8))))
    }
    if pagemap.zdds > 0 { holders.append(Holder(kind: "zdd", count: pagemap.zdds)) }
    if pagemap.svmPages > 0 {
      holders.append(Holder(kind: "drm_gpusvm_pages", count: pagemap.svmPages))
    }
    let level = pagemap.levels.first
    // The tasks at both ends come first.
    var tasks = TaskList()
    for note in [level?.below, level?.reached] {
      if let note { tasks.insert(note.pid) }
    }
    for pid in level?.tasks.all ?? [] { tasks.insert(pid) }
    self.init(
      references: sample.value, sampledAt: sample.note.moment, holders: holders,
      unattributed: pagemap.unattributed ?? 0, appearedAfter: level?.below?.moment,
      appearedBefore: level?.reached.moment, tasksThen: tasks.all.map { NamedTask(pid: $0) })
    shownBy = level?.reached.sequence
  }
}
