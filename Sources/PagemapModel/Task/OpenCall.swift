package import PagemapEvents

/// A modelled function that a task has entered and not left.
package struct OpenCall: Sendable {
  /// The entry event's kind.
  package var kind: PagemapEvent.Kind
  /// The event that entered it.
  package var note: EventNote
  /// The object the call is about: pagemap, allocation, page, cache or peer.
  package var object: UInt64
  /// A migration's virtual range and address space.
  package var start: UInt64 = 0
  package var end: UInt64 = 0
  package var mm: UInt64 = 0
  /// The page that a CPU fault is about.
  package var page: UInt64 = 0
  /// The allocation's serial number.
  package var serial: UInt64 = 0
  /// A timeslice in milliseconds.
  package var timesliceMs: UInt64 = 0
  /// Base pages of device memory that were initialised in the call, and those freed again.
  package var pagesBorn: UInt64 = 0
  package var pagesFreed: UInt64 = 0
  /// Pages that came from another device's memory.
  package var pagesFromDevices: UInt64 = 0
  /// Mappings of device pages that the call made and has not undone.
  package var mappings: Int64 = 0
  /// How many times it tried to populate a range.
  package internal(set) var attempts = 0
  /// How many pagemaps a scan took off the shrinker's list.
  var shrunk = 0
  /// The private value of a peer that joins a group: 0 for a pagemap's, a VM otherwise.
  var peerPrivate: UInt64 = 1
  /// Whether the allocation's zdd ended in the call.
  package var zddEnded = false
  /// Whether the device was already unplugged when the outermost call began.
  package var unplugged = false
  /// Whether another task's migration of the same pages overlapped.
  package var overlapped = false

  package init(kind: PagemapEvent.Kind, note: EventNote, object: UInt64) {
    self.kind = kind
    self.note = note
    self.object = object
  }
}

extension OpenCall {
  /// Whether it is a migration to the device of pages that another one works on.
  func overlaps(_ other: OpenCall) -> Bool {
    kind == .migrateToDevmem && mm == other.mm && start < other.end && other.start < end
  }
}

extension PagemapEvent.Kind {
  /// Whether it is the entry of a function that migrates pages.
  var isMigration: Bool {
    switch self {
    case .migrateToDevmem, .migrateToRam, .evictToRam: true
    default: false
    }
  }
}
