import PagemapEvents
import PagemapModel
import PagemapRules
import TraceIngest

/// Looks on while a trace runs through the model and the rules, and may end the run.
protocol RunWatcher {
  /// Whether the run shall keep the last event that was taken in, as `TraceRun.last`.
  static var keepsLast: Bool { get }
  /// An event is about to be taken in. Answers false to end the run before it is.
  mutating func willTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool
  /// An event was taken in, and the rules have judged it. Answers false to end the run.
  mutating func didTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool
  /// Events are missing; `time` is the stamp of what stands behind them. Answers false to end the
  /// run before the model hears of it.
  mutating func willMiss(_ loss: LostEvents, at time: UInt64) -> Bool
}

/// Takes a trace from its reader through the decoder into the model and the rules, record by record.
struct TraceRun {
  let reader: any TraceReader
  private(set) var decoder: EventDecoder
  /// The mirror, and what the rules share.
  let context: RuleContext
  /// How many events the model was given.
  private(set) var count: UInt64 = 0
  /// The last event that the model was given, where the watcher wants it kept.
  private(set) var last = PagemapEvent()
  private var rules: [any Rule]
  private let interests: [ObservationSet]
  private var damageSeen: UInt64 = 0
  private static let noNames = Names()

  /// A run of a trace that was not read from yet.
  init(_ reader: any TraceReader, _ options: AnalysisOptions) {
    self.reader = reader
    let metadata = reader.metadata
    decoder = EventDecoder(metadata: metadata)
    var thresholds = options.thresholds
    // Where stamps are not time, no stretch of them proves that anything is over.
    if !metadata.timestampsAreNanoseconds {
      thresholds.quietTime = .max
      thresholds.unholdTime = .max
      thresholds.callTime = .max
    }
    let cpus = Set(metadata.buffers.flatMap(\.cpus))
    // Jiffies are the same for all that happens within milliseconds.
    let isComparable = metadata.clockIsGlobal && metadata.clock != "uptime"
    let inventory = decoder.inventory
    // What a rule does not see ends no object and no call: without its probes it would be wrong.
    let chosen = RuleRegistry.rules.filter {
      (options.rules?.contains($0.metadata.id) ?? true)
        && (!inventory.isComplete || inventory.absentNeed(of: $0.metadata) == nil)
    }
    context = RuleContext(
      mirror: KernelMirror(probes: inventory, looks: RuleRegistry.looks(of: chosen)),
      thresholds: thresholds,
      clockIsComparable: isComparable || cpus.count == 1)
    context.stampsAreTime = metadata.timestampsAreNanoseconds
    rules = chosen.map { $0.init() }
    interests = chosen.map { $0.interests }
    reader.select(decoder.selection)
  }

  /// Has the model tell where objects stood when they went. Call it before the first record is read.
  func recordEndings() { context.mirror.news.recordsEndings = true }

  /// Has the model tell activities. Call it before the first record is read.
  func recordActivity() { context.mirror.news.recordsActivity = true }

  /// The mirror, as it stands behind the last event.
  var mirror: KernelMirror { _read { yield context.mirror } }

  // MARK: Record by record

  /// Storage that is used again for every batch, so that no event costs an allocation.
  struct Storage {
    var batch = RecordBatch()
    var event = PagemapEvent()
  }

  /// How a step of the run came out.
  enum Step {
    /// There may be more.
    case more
    /// The trace was read to its end.
    case end
    /// The watcher ended the run.
    case stopped
  }

  /// Reads up to the end of the trace, or up to where the watcher ends the run.
  ///
  /// - Returns: whether the trace was read to its end.
  mutating func run<Watcher: RunWatcher>(
    _ watcher: inout Watcher, _ progress: ((UInt64) -> Void)?
  ) throws(IngestError) -> Bool {
    var storage = Storage()
    while true {
      switch try advance(&watcher, &storage) {
      case .more: progress?(reader.ledger.eventsRead)
      case .end: return true
      case .stopped: return false
      }
    }
  }

  /// Reads one batch and takes it in.
  mutating func advance<Watcher: RunWatcher>(
    _ watcher: inout Watcher, _ storage: inout Storage
  ) throws(IngestError) -> Step {
    let isOpen = try reader.read(into: &storage.batch)
    let goesOn = takeBatch(storage.batch, &storage.event, &watcher)
    guard goesOn else { return .stopped }
    noteDamage()
    return isOpen ? .more : .end
  }

  private mutating func takeBatch<Watcher: RunWatcher>(
    _ batch: borrowing RecordBatch, _ event: inout PagemapEvent, _ watcher: inout Watcher
  ) -> Bool {
    for header in batch.records {
      switch header.kind {
      case .lostEvents:
        guard noteLoss(header, in: batch, &watcher) else { return false }
      case .damage: noteDamage(header, in: batch)
      case .binary, .text:
        guard decoder.decode(header, batch.bytes.span.bytes, into: &event) else { continue }
        event.sequence = count
        guard watcher.willTake(event, self) else { return false }
        count += 1
        take(event)
        let goesOn = watcher.didTake(event, self)
        if Watcher.keepsLast { swap(&event, &last) }
        guard goesOn else { return false }
      }
    }
    return true
  }

  private mutating func take(_ event: borrowing PagemapEvent) {
    guard context.take(event) else { return }
    // Names that are shared while the next one comes would be copied, all of them.
    context.names = decoder.names
    defer { context.names = Self.noNames }
    for observation in context.mirror.news.observations {
      let set = observation.set.rawValue
      for index in rules.indices where interests[index].rawValue & set != 0 {
        rules[index].observe(observation, context)
      }
    }
  }

  private mutating func noteLoss(
    _ header: RecordHeader, in batch: borrowing RecordBatch, _ watcher: inout some RunWatcher
  ) -> Bool {
    let index = Int(header.payloadOffset)
    guard index < batch.losses.count else {
      context.mirror.noteGap(from: nil, to: nil)
      return true
    }
    let loss = batch.losses[index]
    guard watcher.willMiss(loss, at: header.timestamp) else { return false }
    context.mirror.noteGap(from: loss.after, to: loss.before)
    return true
  }

  /// Bytes of a text could not be read: what they told is missing between two of its lines.
  private mutating func noteDamage(_ header: RecordHeader, in batch: borrowing RecordBatch) {
    let index = Int(header.payloadOffset)
    let gap = index < batch.losses.count ? batch.losses[index] : nil
    context.mirror.noteGap(from: gap?.after, to: gap?.before)
  }

  /// Damage that came to light while the last batch was read makes what is known by now doubtful. A text
  /// has it among its records, where it stands.
  private mutating func noteDamage() {
    guard reader.metadata.container != .text else { return }
    let ledger = reader.ledger
    let count = UInt64(ledger.damage.count) &+ ledger.furtherDamage
    if count > damageSeen { context.mirror.noteDamage() }
    damageSeen = count
  }

  // MARK: The end

  /// Lets the rules judge what only the end of the recording decides. `ledger` is the complete one.
  ///
  /// - Returns: the last moment that was recorded; 0 where none is known.
  mutating func finish(_ ledger: TraceLedger) -> UInt64 {
    let metadata = reader.metadata
    let recorded = max(ledger.lastTimestamp ?? 0, metadata.recordedUntil ?? 0)
    context.names = decoder.names
    context.end = RuleContext.RecordingEnd(
      time: recorded, isKnown: metadata.endIsKnown, isDamaged: !ledger.damage.isEmpty)
    // A value that cannot be read may be any, and so may an event without a format.
    if decoder.unreadableValues > 0 || ledger.cpus.contains(where: { $0.unformattedRecords > 0 }) {
      context.mirror.noteGap(from: nil, to: nil)
    }
    for index in rules.indices { rules[index].finish(context) }
    context.reconsider()
    return recorded
  }

  // MARK: On the way

  /// What the model knows now, with at most `limit` pagemaps one by one; `bounds` are those of the
  /// latencies, nil where none are wanted.
  func overview(limit: Int, bounds: [UInt64]? = nil) -> LiveOverview {
    let tasks = reader.taskNames
    return mirror.liveOverview(names: decoder.names, limit: limit, bounds: bounds)
      .named { tasks[$0] }
  }

  /// Names of stacks as they are known by now.
  var stackNames: StackNames {
    StackNames(reader, mirror.stacks)
  }

  /// The reader's ledger, and in it what the decoder could not use: that is evidence lost as well.
  func completeLedger() -> TraceLedger {
    var ledger = reader.ledger
    if decoder.undecodable > 0 {
      ledger.add(
        Damage(
          kind: .malformed, offset: 0, length: nil,
          message: "\(decoder.undecodable) pagemap events are shorter than their format says"))
    }
    if decoder.unreadableValues > 0 {
      let example = decoder.unreadableExample.map { ", the first as \($0)" } ?? ""
      ledger.add(
        Damage(
          kind: .malformed, offset: 0, length: nil,
          message: "\(decoder.unreadableValues) values of pagemap events are no numbers\(example)"))
    }
    for format in decoder.inventory.rejected
    where ["drm_pagemap:", "drm_gpusvm:"].contains(where: format.name.hasPrefix) {
      ledger.add(
        Damage(
          kind: .malformed, offset: 0, length: nil,
          message: "the format of \(format.name) cannot be used: \(format.reason)"))
    }
    return ledger
  }
}

extension ProbeInventory {
  /// The first set of events that a rule needs and no probe of the trace can give.
  func absentNeed(of rule: RuleMetadata) -> [PagemapEvent.Kind]? {
    rule.needs.first { !holds(anyOf: $0) }
  }
}
