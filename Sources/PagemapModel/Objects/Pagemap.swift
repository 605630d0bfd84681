import PagemapEvents

/// A `struct drm_pagemap` in one of its lives (drivers/gpu/drm/drm_pagemap.c).
///
/// The address names the object, the epoch its life: `drm_pagemap_init` and `drm_pagemap_reinit`
/// start one, `drm_pagemap_release` ends it.
package struct Pagemap: Sendable {
  /// Where it stands between its first and its last reference.
  package enum State: UInt8, CaseIterable, Sendable {
    /// It has references.
    case active
    /// `drm_pagemap_release` runs: the last reference is gone, its fate is not decided.
    case releasing
    /// On the shrinker's list, to be revived or destroyed (`drm_pagemap_shrinker_add`).
    case cached
    /// Taken off the list by a lookup or by the cache's end (`drm_pagemap_shrinker_cancel`).
    case taken
    /// Handed to the driver's destroy (`drm_pagemap_destroy`).
    case destroyed
  }

  /// What takes a pagemap from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_pagemap_reinit` succeeds.
    case reinit
    /// The last reference goes.
    case release
    /// `drm_pagemap_shrinker_add` puts it on the list.
    case queue
    /// `drm_pagemap_shrinker_cancel` takes it off.
    case cancel
    /// `drm_pagemap_destroy` by the shrinker, which took it off the list itself.
    case shrink
    /// `drm_pagemap_destroy` by the task that released it or took it off the list.
    case destroy
  }

  /// The life of a drm_pagemap. `drm_pagemap_init` begins it in the state `active`.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap", in: "drivers/gpu/drm/drm_pagemap.c",
    steps: [
      .init(.active, on: .release, to: .releasing, by: "drm_pagemap_release"),
      .init(.releasing, on: .queue, to: .cached, by: "drm_pagemap_shrinker_add"),
      .init(.releasing, on: .destroy, to: .destroyed, by: "drm_pagemap_shrinker_add"),
      .init(.cached, on: .cancel, to: .taken, by: "drm_pagemap_shrinker_cancel"),
      .init(.cached, on: .shrink, to: .destroyed, by: "drm_pagemap_shrinker_scan"),
      .init(.taken, on: .reinit, to: .active, by: "drm_pagemap_get_from_cache"),
      .init(.taken, on: .destroy, to: .destroyed, by: "drm_pagemap_cache_fini"),
    ])

  /// A reference count as an event showed it: the value behind the event.
  package struct Sample: Sendable {
    /// The count once the event's own get or put is done.
    package var value: Int64
    /// How many puts of ending zdds may be in it, although they were under way already.
    package var slack: Int64 = 0
    /// The event.
    package var note: EventNote
  }

  /// A zdd that ended a moment ago.
  package struct ZddPut: Sendable {
    /// The task, by its key.
    package var task: Int32
    /// When the zdd's end was entered.
    package var time: UInt64

    /// How long a task may take from the zdd's end to the put of its pagemap, in nanoseconds.
    static let settleTime: UInt64 = 100_000_000
  }

  /// The pagemap that a lookup could not revive, when it made this one instead: that one must be on
  /// its way to its end.
  package struct Rival: Sendable {
    package var address: UInt64
    package var serial: UInt64
    /// The return of `drm_pagemap_shrinker_cancel` that refused it.
    package var note: EventNote
  }

  /// A VM that keeps the pagemap in its slot table (xe: `vm->svm.pagemaps[tile]`).
  package struct Slot: Sendable {
    /// The VM's peer, by its address and its serial number.
    package var peer: UInt64
    package var serial: UInt64
    /// The event that gave the VM its reference.
    package var note: EventNote
  }

  /// A life's state and count as they were told to timelines.
  package struct Shown: Hashable, Sendable {
    var serial: UInt64
    var state: State
    var references: Int64?
  }

  /// When the unexplained part of the count rose to a level it has not left since.
  package struct Level: Sendable {
    /// The last sample below the level; nil where there was none.
    package var below: EventNote?
    /// The first sample at or above it.
    package var reached: EventNote
    /// Tasks that ran modelled calls on the pagemap, or on its cache, in between.
    package var tasks = TaskList()
    /// The stack of `reached`, where it was recorded.
    package var stack: [UInt64] = []
  }

  /// The object's address.
  package let address: UInt64
  /// Which life of the address: 1 for the first that the trace shows.
  package var epoch: UInt32
  /// Unlike every other life of any object of the trace.
  package var serial: UInt64
  /// Whether it is older than the recording: then its holders are not known.
  package var isAdopted: Bool
  /// Where it stands.
  package var state: State = .active
  /// The event that began this life, or the first that named it.
  package var created: EventNote
  /// The `struct drm_device` that provides it.
  package var drm: UInt64?
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
  /// The `struct dev_pagemap` behind it.
  package var pgmap: UInt64?
  /// The cache it was looked up in or put into.
  package var cache: UInt64?
  /// The pagemap that it was made instead of.
  package var rival: Rival?
  /// The shrinker on whose list it is.
  package var shrinker: UInt64?
  /// Its own peer in an owner group.
  package var peer: UInt64?
  /// Its owner group.
  package var owner: UInt64?

  /// The last sampled count.
  package var sample: Sample?
  /// VM slots that hold a reference.
  package var slots: [Slot] = []
  /// zdds of this pagemap that live: one reference each (`drm_pagemap_zdd_alloc`).
  package var zdds: Int64 = 0
  /// `struct drm_gpusvm_pages` that hold a reference (`drm_gpusvm_get_pages`).
  package var svmPages: Int64 = 0
  /// Levels of the unexplained part of the count: index 0 is "at least one".
  package var levels: [Level] = []
  /// Levels that the last put took away, and whose put it was: that of a VM's slot, if the VM's
  /// peer leaves its group next, and then the levels were none of the put's business.
  package var lastDropped: (pid: Int32, levels: [Level])?
  /// The last sample that the levels were judged by.
  package var lastJudged: EventNote?
  /// Tasks that ran modelled calls on it since then.
  package var recentTasks = TaskList()
  /// The last put (or zdd end) that took a reference.
  package var lastPut: EventNote?
  /// The last end of a zdd of this pagemap.
  package var lastZddEnd: EventNote?
  /// zdds that ended, whose put of this pagemap may not have taken effect: it follows the event.
  package var zddPuts: [ZddPut] = []
  /// The event that ended this life.
  package var released: EventNote?
  /// The event that put it on the shrinker's list.
  package var queued: EventNote?
  /// The event that destroyed it.
  package var destroyedBy: EventNote?
  /// The event that unmapped its memory.
  package var unmapped: EventNote?
  /// VMs that left their owner group while the count still held their slot's reference.
  package var abandoned: [EventNote] = []
  /// What was told of it last, where activities are told.
  package var shown: Shown?
  /// The last events that sampled or changed the count.
  package var history = NoteRing(capacity: 12)

  package init(
    address: UInt64, epoch: UInt32, serial: UInt64, isAdopted: Bool, created: EventNote
  ) {
    self.address = address
    self.epoch = epoch
    self.serial = serial
    self.isAdopted = isAdopted
    self.created = created
  }

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

  /// How many levels of unexplained references are told apart.
  private static let levelLimit: Int64 = 8

  /// Takes in a sampled count: `value` is what the event leaves behind. Answers whether more of it
  /// is unexplained than before.
  @discardableResult
  package mutating func take(_ value: Int64, _ note: EventNote) -> Bool {
    let slack = zddPuts.count { note.time < $0.time &+ ZddPut.settleTime }
    sample = Sample(value: value, slack: Int64(slack), note: note)
    history.append(note)
    let before = levels
    judgeLevels(note)
    switch note.kind {
    case .pagemapPut: lastDropped = (note.pid, Array(before.dropFirst(levels.count)))
    case .pagemapPutReturn: break
    default: lastDropped = nil
    }
    return levels.count > before.count
  }

  /// A VM whose slot this pagemap was in left its owner group. Answers whether a put of the slot
  /// was seen right before.
  package mutating func loseSlot(of serial: UInt64, _ note: EventNote) -> Bool {
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

  /// Brings the levels in line with the sample and the known holders.
  package mutating func judgeLevels(_ note: EventNote) {
    guard let unattributed else { return }
    let level = Int(max(0, min(unattributed, Self.levelLimit)))
    if levels.count > level { levels.removeLast(levels.count - level) }
    recentTasks.insert(note.pid)
    while levels.count < level {
      levels.append(Level(below: lastJudged, reached: note, tasks: recentTasks))
    }
    lastJudged = note
    recentTasks = TaskList()
    recentTasks.insert(note.pid)
  }
}
