/// What a trace showed over time, for pictures: calls as spans, pagemaps as lanes of steps, memory
/// as a line.
///
/// Its size is bounded whatever the length of the trace: where there is too much of it, short spans
/// of one task next to each other become one, and so do steps of one pagemap. `resolution` tells
/// how much time that covers; nothing that lasts longer is ever merged.
package struct Timeline: Hashable, Sendable {
  /// Stretches of time up to this length may hold several things as one, in nanoseconds; 0 where
  /// everything is on its own.
  package internal(set) var resolution: UInt64 = 0
  /// The spans, in the order of their start, then of their task.
  package internal(set) var spans: [Span] = []
  /// The pagemaps, in the order in which they appeared.
  package internal(set) var lanes: [Lane] = []
  /// Pagemaps beyond the limit, which have no lane.
  package internal(set) var furtherLanes: UInt64 = 0
  /// `struct page` memory that all pagemaps hold.
  package internal(set) var memory: [MemoryStep] = []
  /// The first and the last moment that is shown; nil where there is none.
  package internal(set) var start: UInt64?
  package internal(set) var end: UInt64?

  package init() {}

  /// A call, or several short ones of one task, direction and device that were merged.
  package struct Span: Hashable, Sendable {
    /// Where the data went.
    package var direction: MigrationDirection
    /// From the first entry to the last return, in nanoseconds.
    package var start: UInt64
    package var end: UInt64
    /// How many calls it stands for.
    package var count: UInt64 = 1
    /// How many of them failed, and the errno (positive) of the first that did.
    package var failures: UInt64 = 0
    package var errno: Int64 = 0
    /// The sum of their durations.
    package var busy: UInt64
    /// Base pages of 4096 bytes that they moved.
    package var pages: UInt64
    /// The task; -1 for several. `task` is its name.
    package var pid: Int32
    package var task: String?
    /// The CPU that the first was entered on.
    package var cpu: UInt32
    /// The device's name.
    package var device: String?
    /// The pagemap and the device allocation by address; 0 where not known, or where there are
    /// several.
    package var pagemap: UInt64
    package var allocation: UInt64
    /// The life of the allocation, for telling what brought back what; 0 as above.
    package var allocationSerial: UInt64
    /// The virtual range, its end exclusive, and the address space; 0 as above.
    package var rangeStart: UInt64
    package var rangeEnd: UInt64
    package var mm: UInt64
    /// Whether the call had not returned when the recording ended.
    package var isOpen = false
    /// The device's name as an index, while the trace is read.
    var deviceIndex: UInt64?
  }

  /// One pagemap: all lives of an address at one device.
  package struct Lane: Hashable, Sendable {
    /// The pagemap's address.
    package var address: UInt64
    /// The device's name.
    package var device: String?
    /// What happened to it, in order.
    package var steps: [Step] = []
    var drm: UInt64?
    var deviceIndex: UInt64?
  }

  /// What a pagemap is from a moment on.
  package struct Step: Hashable, Sendable {
    /// Since when, in nanoseconds.
    package var time: UInt64
    /// Which life of the address.
    package var epoch: UInt32
    /// Where it stands.
    package var state: Pagemap.State
    /// Whether this life is older than the recording.
    package var isAdopted: Bool
    /// The references; nil where they are not known. Where steps were merged this is the last, and
    /// `fewest` and `most` are the bounds in between.
    package var references: Int64?
    package var fewest: Int64?
    package var most: Int64?
    /// How many of the references known holders account for.
    package var explained: Int64
    /// The task that took the last step. `task` is its name.
    package var pid: Int32
    package var task: String?
    /// How many steps it stands for.
    package var count: UInt64 = 1
  }

  /// Memory that is held from a moment on.
  package struct MemoryStep: Hashable, Sendable {
    /// Since when, in nanoseconds.
    package var time: UInt64
    /// Bytes; where steps were merged the last, and `most` is the most in between.
    package var bytes: UInt64
    package var most: UInt64
  }
}

extension Timeline {
  /// Whether nothing happened that it could show.
  package var isEmpty: Bool { spans.isEmpty && lanes.isEmpty && memory.isEmpty }
}
