/// What folios that one task initialised one after another for one allocation have in common: what
/// a folio's own slot leaves out.
struct FolioRuns: Sendable {
  private struct Run: BitwiseCopyable {
    /// The first folio's time and place in the trace; the slots count from there.
    var time: UInt64 = 0
    var sequence: UInt64 = 0
    var allocation: UInt64 = 0
    var serial: UInt64 = 0
    var cpu: UInt32 = 0
    var pid: Int32 = 0
    /// What the slots' epochs count from.
    var epoch: UInt32 = 0
    /// How many slots name it, and whether the call has finalized, in the lowest bit: then what the slots
    /// call `lockedDestination` is `mapped`. Of an unused run: the next unused one.
    private var bits: UInt32 = 0

    var users: UInt32 {
      get { bits >> 1 }
      set { bits = newValue << 1 | bits & 1 }
    }

    var isFinalized: Bool {
      get { bits & 1 != 0 }
      set { bits = newValue ? bits | 1 : bits & ~1 }
    }

    init() {}

    /// A run that begins with `folio`.
    init(_ folio: DeviceFolio, epoch: UInt32) {
      time = folio.time
      sequence = folio.sequence
      allocation = folio.allocation
      serial = folio.allocationSerial
      cpu = folio.cpu
      pid = folio.pid
      self.epoch = epoch
    }

    /// An unused one. No allocation has this serial number, so nothing joins it.
    init(unused next: UInt32) {
      serial = .max
      bits = next
    }

    /// The next unused one.
    var next: UInt32 { bits }

    /// Whether a folio could have been initialised by the same task for the same allocation.
    @inline(__always)
    func fits(_ folio: DeviceFolio) -> Bool {
      pid == folio.pid && cpu == folio.cpu && serial == folio.allocationSerial
        && allocation == folio.allocation && users > 0 && users < .max >> 1
    }

    /// A slot for the folio, which the run counts from now on; nil where it is too far away.
    @inline(__always)
    mutating func join(_ folio: DeviceFolio, _ epoch: UInt32, number: UInt32)
      -> FolioSlot?
    {
      guard folio.time >= time, folio.sequence >= sequence, epoch >= self.epoch,
        let slot = FolioSlot(
          run: number, time: folio.time &- time, sequence: folio.sequence &- sequence,
          epoch: epoch &- self.epoch, order: folio.order,
          state: folio.isLive ? folio.state : .lockedDestination)
      else { return nil }
      users &+= 1
      return slot
    }
  }

  private var runs = Slab(blank: Run(), shift: 8)
  /// The last run of each task, as far as tasks do not share an entry: only a hint.
  private var recent = [UInt32](repeating: PackedIndex.absent, count: 64)
  /// Runs of calls that go on in another run, as far as these have not finalized.
  private var continued: [UInt32] = []
  private var unused = PackedIndex.absent
  private var made: UInt32 = 0

  /// Bytes that they take.
  var memory: Int { runs.memory }

  /// A slot for the folio in its life `epoch`. `hint` is a run that may be its own.
  mutating func add(_ folio: DeviceFolio, epoch: UInt32, hint: UInt32?) -> FolioSlot {
    if let hint, runs[hint].fits(folio), let slot = runs[hint].join(folio, epoch, number: hint) {
      return slot
    }
    let place = Self.place(of: folio.pid)
    let last = recent[place]
    if last < made, runs[last].fits(folio), !runs[last].isFinalized {
      if let slot = runs[last].join(folio, epoch, number: last) { return slot }
      if continued.count < 1024 { continued.append(last) }
    }
    let number = take()
    recent[place] = number
    runs[number] = Run(folio, epoch: epoch > 128 ? epoch - 128 : 0)
    return runs[number].join(folio, epoch, number: number) ?? FolioSlot()
  }

  private mutating func take() -> UInt32 {
    if unused != PackedIndex.absent {
      defer { unused = runs[unused].next }
      return unused
    }
    if Int(made) == runs.capacity { runs.grow() }
    made += 1
    return made - 1
  }

  /// Takes a known slot off its run's count.
  mutating func remove(_ slot: FolioSlot) {
    if runs[slot.run].users > 1 {
      runs[slot.run].users &-= 1
      return
    }
    runs[slot.run] = Run(unused: unused)
    unused = slot.run
  }

  /// Folios that a task initialised for an allocation, in runs of one call, are in page tables.
  mutating func finalize(of allocation: UInt64, by pid: Int32) {
    finalize(recent[Self.place(of: pid)], of: allocation, by: pid)
    guard !continued.isEmpty else { return }
    for number in continued { finalize(number, of: allocation, by: pid) }
    continued.removeAll { runs[$0].isFinalized || runs[$0].serial == .max }
  }

  private mutating func finalize(_ number: UInt32, of allocation: UInt64, by pid: Int32) {
    guard number < made, runs[number].serial == allocation, runs[number].pid == pid else { return }
    runs[number].isFinalized = true
  }

  /// Where the folio of a known slot stands.
  func state(of slot: FolioSlot) -> DeviceFolio.State {
    let state = slot.state
    guard state == .lockedDestination, runs[slot.run].isFinalized else { return state }
    return DeviceFolio.machine.take(state, .finalize) ?? state
  }

  private static func place(of pid: Int32) -> Int {
    Int((UInt32(bitPattern: pid) &* 0x9e37_79b1) >> 26)
  }

  /// The serial number of the allocation of a known slot.
  func allocationSerial(of slot: FolioSlot) -> UInt64 { runs[slot.run].serial }

  /// The epoch of a known slot.
  func epoch(of slot: FolioSlot) -> UInt32 { runs[slot.run].epoch &+ slot.epochOffset }

  /// The folio of a known slot.
  func folio(of slot: FolioSlot) -> DeviceFolio {
    let run = runs[slot.run]
    var folio = DeviceFolio()
    folio.epoch = run.epoch &+ slot.epochOffset
    folio.allocation = run.allocation
    folio.allocationSerial = run.serial
    folio.time = run.time &+ slot.timeOffset
    folio.sequence = run.sequence &+ slot.sequenceOffset
    folio.cpu = run.cpu
    folio.pid = run.pid
    folio.order = slot.order
    folio.state = state(of: slot)
    return folio
  }
}
