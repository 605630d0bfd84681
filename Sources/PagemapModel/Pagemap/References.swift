import PagemapEvents

extension Pagemap {
  /// The references of a pagemap: its count as events sampled it, the holders that are known, and
  /// since when the count is more than they hold.
  package struct References: Sendable {
    /// The last sampled count.
    package private(set) var sample: Sample?
    /// VM slots that hold a reference.
    package private(set) var slots: [Slot] = []
    /// zdds of this pagemap that live: one reference each (`drm_pagemap_zdd_alloc`).
    package private(set) var zdds: Int64 = 0
    /// `struct drm_gpusvm_pages` that hold a reference (`drm_gpusvm_get_pages`).
    package private(set) var svmPages: Int64 = 0
    /// Levels of the unexplained part of the count: index 0 is "at least one".
    package private(set) var levels: [Level] = []
    /// Levels that the last put took away, and whose put it was: that of a VM's slot, if the VM's
    /// peer leaves its group next, and then the levels were none of the put's business.
    private var lastDropped: (pid: Int32, levels: [Level])?
    /// The last sample that the levels were judged by.
    private var lastJudged: EventNote?
    /// Tasks that ran modelled calls on it since then.
    private var recentTasks = TaskList()
    /// The last put (or zdd end) that took a reference.
    package private(set) var lastPut: EventNote?
    /// The last end of a zdd of this pagemap.
    package private(set) var lastZddEnd: EventNote?
    /// zdds that ended, whose put of this pagemap may not have taken effect: it follows the event.
    private var zddPuts: [ZddPut] = []
    /// VMs that left their owner group while the count still held their slot's reference.
    package private(set) var abandoned: [EventNote] = []
    /// The last events that sampled or changed the count.
    package private(set) var history = NoteRing(capacity: 12)

    // MARK: What is known

    /// References that known holders account for. Calls in flight and the driver's own transient
    /// gets are not in it, so the true count may be higher at any time, never lower.
    package var explained: Int64 { Int64(slots.count) + zdds + svmPages }

    /// How many references its known holders need beyond the last sampled count.
    package var deficit: Int64 {
      guard let sample else { return 0 }
      return max(0, explained - max(0, sample.value))
    }

    /// What of the last sampled count no known holder explains; nil without a sample.
    package var unattributed: Int64? { sample.map { $0.value - $0.slack - explained } }

    // MARK: Samples

    /// Takes in a sampled count: `value` is what the event leaves behind. Answers whether more of it
    /// is unexplained than before.
    @discardableResult
    mutating func take(_ value: Int64, _ note: EventNote) -> Bool {
      let slack = zddPuts.count { note.time < $0.time &+ ZddPut.settleTime }
      sample = Sample(value: value, slack: Int64(slack), note: note)
      history.append(note)
      let known = levels.count
      let dropped = judgeLevels(note)
      switch note.kind {
      case .pagemapPut: lastDropped = (note.pid, dropped)
      case .pagemapPutReturn: break
      default: lastDropped = nil
      }
      return levels.count > known
    }

    /// A put, in `drm_pagemap_put` or at the end of a zdd, leaves `value` references.
    mutating func put(leaving value: Int64, _ note: EventNote) {
      take(value, note)
      lastPut = note
    }

    /// A put whose count was not recorded: what was sampled before holds no more.
    mutating func forgetSample() { sample = nil }

    /// Notes an event of the pagemap's life.
    mutating func note(_ note: EventNote) { history.append(note) }

    // MARK: Holders

    /// A VM keeps the pagemap in one of its slots.
    mutating func gain(_ slot: Slot) {
      slots.append(slot)
      judgeLevels(slot.note)
    }

    /// A VM whose slot this pagemap was in left its owner group. Where no put of the slot was seen
    /// right before and the count still has the reference, the slot may have been abandoned.
    mutating func loseSlot(of serial: UInt64, isActive: Bool, _ note: EventNote) {
      let isPut = takeSlot(of: serial, note)
      if !isPut, isActive, let rest = unattributed, rest > 0, abandoned.count < 8 {
        abandoned.append(note)
      }
    }

    private mutating func takeSlot(of serial: UInt64, _ note: EventNote) -> Bool {
      slots.removeAll { $0.serial == serial }
      let known = levels.count
      judgeLevels(note)
      guard let dropped = lastDropped, dropped.pid == note.pid else { return false }
      lastDropped = nil
      for (index, level) in dropped.levels.enumerated() where known + index < levels.count {
        levels[known + index] = level
      }
      return true
    }

    /// A zdd holds a reference from now on.
    mutating func gainZdd() { zdds += 1 }
    /// A zdd holds none any more.
    mutating func loseZdd() { zdds -= 1 }
    /// A `struct drm_gpusvm_pages` holds a reference from now on.
    mutating func gainPages() { svmPages += 1 }
    /// A `struct drm_gpusvm_pages` holds none any more.
    mutating func losePages() { if svmPages > 0 { svmPages -= 1 } }

    /// A zdd of this pagemap ended, and its put follows.
    mutating func zddEnded(_ put: ZddPut) { zddPuts.append(put) }
    /// The event that ends a zdd of this pagemap.
    mutating func noteZddEnd(_ note: EventNote) { lastZddEnd = note }
    /// A task that ended a zdd has long put the pagemap.
    mutating func settleZddPut(of task: TaskKey) { zddPuts.removeAll { $0.task == task } }

    // MARK: What is unexplained

    /// How many levels of unexplained references are told apart.
    private static let levelLimit: Int64 = 8

    /// Brings the levels in line with the sample and the known holders. Answers those that a put dropped.
    @discardableResult
    private mutating func judgeLevels(_ note: EventNote) -> [Level] {
      guard let unattributed else { return [] }
      let level = Int(max(0, min(unattributed, Self.levelLimit)))
      var dropped: [Level] = []
      if levels.count > level {
        if note.kind == .pagemapPut { dropped = Array(levels[level...]) }
        levels.removeLast(levels.count - level)
      }
      recentTasks.insert(note.pid)
      while levels.count < level {
        levels.append(Level(below: lastJudged, reached: note, tasks: recentTasks))
      }
      lastJudged = note
      recentTasks = TaskList()
      recentTasks.insert(note.pid)
      return dropped
    }

    /// A task entered a call on the pagemap, or on its cache.
    mutating func noteCaller(_ pid: Int32) { recentTasks.insert(pid) }

    /// Tasks that were in calls on it when an event showed a level to be reached.
    mutating func addTasks(_ pids: [Int32], reachedBy sequence: UInt64) {
      for place in levels.indices where levels[place].reached.sequence == sequence {
        for pid in pids { levels[place].tasks.insert(pid) }
      }
    }

    /// The stack of the event that showed a level to be reached.
    mutating func addStack(_ frames: [UInt64], of sequence: UInt64) {
      for place in levels.indices where levels[place].reached.sequence == sequence {
        levels[place].stack = frames
      }
    }
  }
}
