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
    /// How many slots name it. Of an unused run: the next unused one.
    var users: UInt32 = 0
  }

  private var runs = Slab(blank: Run(), shift: 8)
  /// The last run of each task, as far as tasks do not share an entry: only a hint.
  private var recent = [UInt32](repeating: 0, count: 64)
  private var unused = PackedIndex.absent
  private var made: UInt32 = 0

  /// Bytes that they take.
  var memory: Int { runs.memory }

  /// A slot for the folio, whose run counts it from now on. `hint` is a run that may be its own.
  mutating func add(_ folio: DeviceFolio, hint: UInt32? = nil) -> FolioSlot {
    if let hint, let slot = join(hint, folio) { return slot }
    let place = Int((UInt32(bitPattern: folio.pid) &* 0x9e37_79b1) >> 26)
    if let slot = join(recent[place], folio) { return slot }
    let number = take()
    runs[number] = Run(
      time: folio.time, sequence: folio.sequence, allocation: folio.allocation,
      serial: folio.allocationSerial, cpu: folio.cpu, pid: folio.pid,
      epoch: folio.epoch > 128 ? folio.epoch - 128 : 0)
    recent[place] = number
    return join(number, folio, isNew: true) ?? FolioSlot()
  }

  private mutating func join(_ number: UInt32, _ folio: DeviceFolio, isNew: Bool = false)
    -> FolioSlot?
  {
    guard number < made else { return nil }
    let run = runs[number]
    guard
      isNew
        || (run.users > 0 && run.users < .max && run.pid == folio.pid && run.cpu == folio.cpu
          && run.serial == folio.allocationSerial && run.allocation == folio.allocation),
      folio.time >= run.time, folio.sequence >= run.sequence, folio.epoch >= run.epoch,
      let slot = FolioSlot(
        run: number, time: folio.time - run.time, sequence: folio.sequence - run.sequence,
        epoch: folio.epoch - run.epoch, order: folio.order, state: folio.state)
    else { return nil }
    runs[number].users = isNew ? 1 : run.users + 1
    return slot
  }

  private mutating func take() -> UInt32 {
    if unused != PackedIndex.absent {
      defer { unused = runs[unused].users }
      return unused
    }
    if Int(made) == runs.capacity { runs.grow() }
    made += 1
    return made - 1
  }

  /// Takes a known slot off its run's count.
  mutating func remove(_ slot: FolioSlot) {
    let users = runs[slot.run].users
    if users > 1 {
      runs[slot.run].users = users - 1
      return
    }
    // No task and no allocation: nothing joins an unused run.
    runs[slot.run] = Run(pid: .min, users: unused)
    unused = slot.run
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
    folio.state = slot.state
    return folio
  }
}
