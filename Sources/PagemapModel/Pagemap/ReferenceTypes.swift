extension Pagemap {
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
    package var task: TaskKey
    /// When the zdd's end was entered.
    package var time: UInt64

    /// How long a task may take from the zdd's end to the put of its pagemap, in nanoseconds.
    static let settleTime: UInt64 = 100_000_000
  }

  /// A VM that keeps the pagemap in its slot table (xe: `vm->svm.pagemaps[tile]`).
  package struct Slot: Sendable {
    /// The VM's peer, by its address and its serial number.
    package var peer: UInt64
    package var serial: UInt64
    /// The event that gave the VM its reference.
    package var note: EventNote
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
}
