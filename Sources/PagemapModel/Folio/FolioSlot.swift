/// A device folio in 12 bytes: what its run does not tell.
struct FolioSlot: BitwiseCopyable, Sendable {
  /// The number of its run; `.max` of a page that no event has named.
  private(set) var run: UInt32 = .max
  /// Nanoseconds since the run began. Of an unused single slot: the next unused one.
  private var time: UInt32 = 0
  /// From the lowest bit: 3 of state, 5 of order, 8 of epoch, 16 of the place in the trace, all but
  /// the first two counted from the run's.
  private var bits: UInt32 = 0

  /// The slot of a page that no event has named.
  init() {}

  /// A folio's slot; nil where the distance from its run's beginning does not fit.
  @inline(__always)
  init?(
    run: UInt32, time: UInt64, sequence: UInt64, epoch: UInt32, order: UInt8,
    state: DeviceFolio.State
  ) {
    guard time <= UInt32.max, sequence <= 0xffff, epoch <= 0xff else { return nil }
    self.run = run
    self.time = UInt32(truncatingIfNeeded: time)
    bits =
      UInt32(state.rawValue) | UInt32(order & 31) << 3 | epoch << 8
      | UInt32(truncatingIfNeeded: sequence) << 16
  }

  /// An unused slot in the chain of such.
  init(unused next: UInt32) { time = next }

  /// The next one in the chain of unused slots.
  var next: UInt32 { time }
  /// Whether an event has named the page.
  var isKnown: Bool { run != .max }
  /// Whether its folio lives.
  var isLive: Bool { bits & 7 != 0 }
  /// Where it stands.
  var state: DeviceFolio.State {
    get { DeviceFolio.State(rawValue: UInt8(bits & 7)) ?? .free }
    set { bits = bits & ~7 | UInt32(newValue.rawValue) }
  }
  /// log2 of its base pages.
  var order: UInt8 {
    get { UInt8(bits >> 3 & 31) }
    set { bits = bits & ~(31 << 3) | UInt32(newValue & 31) << 3 }
  }
  /// What the folio adds to its run's values.
  var epochOffset: UInt32 { bits >> 8 & 0xff }
  var timeOffset: UInt64 { UInt64(time) }
  var sequenceOffset: UInt64 { UInt64(bits >> 16) }
}
