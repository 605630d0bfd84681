/// Something that lasts or changes, as it happened: what pictures and databases are made of.
///
/// The model tells activities only where `News.recordsActivity` is set, those of the last event in
/// `News.activities`.
package enum Activity: Sendable {
  /// A migration, a fault or an eviction returned.
  case call(CallActivity)
  /// A pagemap changed its state or its count, or was seen for the first time.
  case pagemap(PagemapActivity)
  /// The `struct page` memory that all pagemaps hold changed: bytes from now on.
  case memory(time: UInt64, bytes: UInt64)
}

/// A call that moves data, from its entry to its return.
package struct CallActivity: Hashable, Sendable {
  /// Where the data went.
  package var direction: MigrationDirection
  /// Its entry and its return.
  package var start: UInt64
  package var end: UInt64
  /// The CPU it was entered on.
  package var cpu: UInt32
  /// The task.
  package var pid: Int32
  /// The place of its return in the merged trace.
  package var sequence: UInt64
  /// 0 or a negative errno; 0 where none is recorded.
  package var result: Int64
  /// Base pages of 4096 bytes that it moved, as far as the probes show.
  package var pages: UInt64
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
  /// The pagemap; 0 where it is not known.
  package var pagemap: UInt64
  /// The device allocation, and its serial number; 0 where it is not known.
  package var allocation: UInt64
  package var allocationSerial: UInt64
  /// The virtual range (its end exclusive) and its address space; 0 where it is not known. For a
  /// fault the page.
  package var rangeStart: UInt64
  package var rangeEnd: UInt64
  package var mm: UInt64
}

/// A pagemap as it stands behind an event that changed it.
package struct PagemapActivity: Hashable, Sendable {
  /// When, and the event's place in the merged trace.
  package var time: UInt64
  package var sequence: UInt64
  /// The task.
  package var pid: Int32
  /// The pagemap, and which life of its address.
  package var address: UInt64
  package var epoch: UInt32
  /// Unlike every other life of any object of the trace.
  package var serial: UInt64
  /// Whether this life is older than the recording.
  package var isAdopted: Bool
  /// The device as `struct drm_device`, and its name as an index of `Names`.
  package var drm: UInt64?
  package var device: UInt64?
  /// Where it stands.
  package var state: Pagemap.State
  /// The references as sampled; nil where no event has shown them in this life.
  package var references: Int64?
  /// How many of them known holders account for.
  package var explained: Int64
}
