/// Migrations: the pass through the page migration that each task is in, faults, and which ranges were
/// migrated a moment ago.
package struct MigrationRoom: Sendable {
  private var passes = ObjectTable<MigrationPass>()
  private var recent = RecentMigrations()
  /// Faults on pages that have not moved since, by page.
  private var runs = ObjectTable<FaultRun>()
  /// CPU faults that are in `drm_pagemap_migrate_to_ram`.
  private var faulting: [(task: TaskKey, page: UInt64, note: EventNote)] = [] {
    didSet { areAnyFaults = !faulting.isEmpty }
  }
  /// Whether any CPU fault is open.
  package private(set) var areAnyFaults = false
  private static let runLimit = 1 << 16

  // MARK: Passes

  /// Whether any task is in a pass.
  var areAnyPasses: Bool { !passes.isEmpty }

  /// The pass that a task is in or was in last.
  package func pass(of key: TaskKey) -> MigrationPass? { passes[key.address] }

  /// The pass that a task is in within the call that was entered at this place; nil where it is in none.
  package func pass(of key: TaskKey, in call: UInt64) -> MigrationPass? {
    passes[key.address].flatMap { $0.call == call ? $0 : nil }
  }

  /// Whether the pass that a task is in, or was in last, has pages locked or mapped.
  package func holdsPages(_ key: TaskKey) -> Bool {
    passes.look(at: key.address) { $0.state != .idle || $0.mapped != nil } ?? false
  }

  /// What cleared the array that names the mapped pages of the pass that a task is in, or was in last; nil
  /// where they are not mapped, or it was not cleared.
  package func cleared(of key: TaskKey) -> EventNote? {
    passes.look(at: key.address) { $0.mapped == nil ? nil : $0.cleared } ?? nil
  }

  /// All passes, by task, lowest first.
  var all: [(key: TaskKey, value: MigrationPass)] {
    passes.sorted.map { (TaskKey(number: Int32(truncatingIfNeeded: $0.key)), $0.value) }
      .sorted { $0.key < $1.key }
  }

  /// Changes the task's pass in this call, a new one where it has none.
  private mutating func change(
    _ key: TaskKey, in call: UInt64, _ body: (inout MigrationPass) -> Void
  ) {
    let isKnown: Void? = passes.with(key.address) { pass in
      if pass.call != call { pass = MigrationPass(in: call) }
      body(&pass)
    }
    guard isKnown == nil else { return }
    var pass = MigrationPass(in: call)
    body(&pass)
    passes.insert(pass, at: key.address)
  }

  /// `migrate_vma_setup` or `migrate_device_pfns` returned.
  mutating func collect(
    _ key: TaskKey, in call: UInt64, isVMA: Bool, isEmpty: Bool, _ note: EventNote
  ) {
    change(key, in: call) { $0.begin(isVMA: isVMA, isEmpty: isEmpty, note) }
  }

  /// The page frames that the pass has locked, and those of device folios that it has collected.
  mutating func lock(_ key: TaskKey, in call: UInt64, _ locked: [UInt64], collected: [UInt64]) {
    change(key, in: call) { ($0.locked, $0.collected) = (locked, collected) }
  }

  /// The pass populated no page of system memory.
  mutating func populatedNothing(_ key: TaskKey, in call: UInt64, _ note: EventNote) {
    change(key, in: call) { $0.populatedNothing = note }
  }

  /// The driver copies.
  mutating func copy(_ key: TaskKey) { _ = passes.with(key.address) { $0.step(.copy) } }

  /// The copy failed.
  mutating func copyFailed(_ key: TaskKey, _ note: EventNote) {
    _ = passes.with(key.address) { $0.failedCopy = note }
  }

  /// `migrate_vma_pages` or `migrate_device_pages` returned; `moved` are page frames that moved.
  mutating func move(
    _ key: TaskKey, in call: UInt64, isVMA: Bool, _ note: EventNote, moved: [UInt64]
  ) {
    change(key, in: call) { pass in
      pass.move(isVMA: isVMA, note)
      if !pass.collected.isEmpty { pass.collected.removeAll { moved.contains($0) } }
    }
  }

  /// `migrate_vma_finalize` or `migrate_device_finalize`. Answers the frames that stay where they are.
  mutating func finalize(_ key: TaskKey, in call: UInt64, _ note: EventNote) -> [UInt64] {
    var kept: [UInt64] = []
    change(key, in: call) { pass in
      kept = pass.collected
      pass.finalize(note)
    }
    return kept
  }

  /// Pages are mapped for DMA.
  mutating func map(_ key: TaskKey, in call: UInt64, _ note: EventNote) {
    change(key, in: call) { ($0.mapped, $0.cleared) = (note, nil) }
  }

  /// Pages are unmapped.
  mutating func unmap(_ key: TaskKey) {
    _ = passes.with(key.address) { ($0.mapped, $0.cleared) = (nil, nil) }
  }

  /// The array that names the mapped pages is cleared.
  mutating func clear(_ key: TaskKey, _ note: EventNote) {
    _ = passes.with(key.address) { if $0.mapped != nil { $0.cleared = note } }
  }

  /// The call that the pass is part of has returned. Answers it; nil where there is none of that call.
  mutating func end(_ key: TaskKey, in call: UInt64) -> MigrationPass? {
    guard !passes.isEmpty, passes.look(at: key.address, { $0.call == call }) == true else {
      return nil
    }
    return passes.remove(key.address)
  }

  /// Since when a pass that has a page frame locked has it; one for each such pass.
  package func locks(of frame: UInt64) -> [EventNote] {
    all.filter { $0.value.locked.contains(frame) }.compactMap(\.value.since)
  }

  // MARK: Ranges

  /// A migration or a fault ended.
  mutating func ended(_ call: OpenCall, pid: Int32, at time: UInt64) {
    recent.add(mm: call.mm, start: call.start, end: call.end, pid: pid, ended: time)
  }

  /// Whether another task's migration of these pages ended at or after `time`.
  func overlaps(mm: UInt64, start: UInt64, end: UInt64, otherThan pid: Int32, since time: UInt64)
    -> Bool
  {
    recent.overlaps(mm: mm, start: start, end: end, otherThan: pid, since: time)
  }

  // MARK: Faults

  /// A CPU fault on a page begins.
  mutating func beginFault(on page: UInt64, by key: TaskKey, _ note: EventNote) {
    endFault(of: key)
    if faulting.count < 1024 { faulting.append((key, page, note)) }
  }

  /// The fault that a task is in ends.
  mutating func endFault(of key: TaskKey) {
    if !faulting.isEmpty { faulting.removeAll { $0.task == key } }
  }

  /// A fault that is open on one of the pages from `page` to `end`.
  package func fault(on page: UInt64, to end: UInt64) -> EventNote? {
    guard !faulting.isEmpty else { return nil }
    return faulting.first { $0.page >= page && $0.page < end }?.note
  }

  /// Whether a page was faulted on before and has not moved since.
  func hasRun(of page: UInt64) -> Bool { runs.contains(page) }

  /// One more fault on a page that has not moved; a new run where `isNew`. Answers the run, which is
  /// kept where `keeps` and there is room.
  mutating func fault(
    on page: UInt64, at address: UInt64, _ note: EventNote, isNew: Bool, keeps: Bool
  ) -> FaultRun {
    let known = runs[page]
    var run = known ?? FaultRun(first: note, last: note, address: address, count: 0)
    if isNew { run = FaultRun(first: note, last: note, address: run.address, count: 0) }
    run.count += 1
    run.last = note
    if keeps, runs.count < Self.runLimit || known != nil { runs.insert(run, at: page) }
    return run
  }

  /// Faults on a page had an end.
  mutating func endRun(of page: UInt64) { runs.remove(page) }

  /// A freed folio of 2^order pages has moved or is unmapped: faults on any of them had an end.
  mutating func endRuns(of page: UInt64, order: UInt64) {
    guard !runs.isEmpty else { return }
    runs.remove(page)
    guard order > 0 else { return }
    let tails: UInt64 = 1 << min(order, 20)
    if tails < UInt64(runs.count) {
      for tail in 1..<tails { runs.remove(page &+ tail * 64) }
      return
    }
    let end = page &+ tails * 64
    for tail in runs.addresses where page < tail && tail < end { runs.remove(tail) }
  }
}
