package import PagemapEvents

/// What is recorded, and what may be concluded from it: the one room that steps and rules ask.
package struct Recording: Sendable {
  /// Kinds of events that a probe of the trace gives, by index.
  private let probed: [Bool]
  /// Whether those are all: a text does not tell its probes.
  package let isComplete: Bool
  /// Kinds that were met, by index: a probe that a text does not tell shows itself.
  private var met = [Bool](repeating: false, count: PagemapEvent.Kind.allCases.count)
  private var gaps = GapList()
  /// The last event's stamp.
  package private(set) var now: UInt64 = 0
  /// Where the kernel's array of `struct page` begins.
  package private(set) var vmemmap = Fact<UInt64>()
  /// Whether any migration was seen to lock page frames.
  package private(set) var locksFrames = false

  /// What `probes` tells of a trace before its first event.
  init(_ probes: ProbeInventory) {
    isComplete = probes.isComplete
    var probed = [Bool](repeating: false, count: PagemapEvent.Kind.allCases.count)
    for probe in probes.present { probed[probe.kind.index] = true }
    self.probed = probed
  }

  /// Notes that an event of a kind was met, which is given by its index.
  @inline(__always)
  mutating func meet(_ kind: Int, at time: UInt64) {
    if !met[kind] { met[kind] = true }
    now = max(now, time)
  }

  // MARK: Which events come

  /// Whether an event of this kind comes wherever its function is entered or left: a probe of it is in
  /// the trace, or one was met.
  @inline(__always)
  package func has(_ kind: PagemapEvent.Kind) -> Bool {
    probed[kind.index] || met[kind.index]
  }

  /// Whether a probe of this kind is told by the trace itself.
  package func isProbed(_ kind: PagemapEvent.Kind) -> Bool { probed[kind.index] }

  /// Whether an event of this kind was met.
  func hasMet(_ kind: PagemapEvent.Kind) -> Bool { met[kind.index] }

  /// Whether the absence of an event of any of these kinds is evidence: the trace tells all of its
  /// probes, and these are among them.
  package func proves(
    _ first: PagemapEvent.Kind, _ second: PagemapEvent.Kind? = nil,
    _ third: PagemapEvent.Kind? = nil
  ) -> Bool {
    guard isComplete, isProbed(first) else { return false }
    if let second, !isProbed(second) { return false }
    if let third, !isProbed(third) { return false }
    return true
  }

  /// Whether the absence of an event of the kind is a sign: it proves something, or, in a text, one was met.
  /// What a text shows in this way is not certain.
  package func suggests(_ kind: PagemapEvent.Kind) -> Bool {
    isComplete ? isProbed(kind) : hasMet(kind)
  }

  /// Whether `drm_pagemap_release` is recorded, so that a pagemap without it still has references.
  package var recordsRelease: Bool { isProbed(.pagemapRelease) }
  /// Whether the return of `exit_mmap` is recorded, so that it is known when an address space is gone.
  package var recordsExit: Bool { has(.exitMmapReturn) }
  /// Whether its entry is, so that it is known when one begins to go.
  package var recordsExitEntry: Bool { has(.exitMmap) }
  /// Whether page inits are recorded, so that folios are known one by one.
  package var knowsFolios: Bool { has(.zoneDevicePageInit) }
  /// Whether splits of device folios are recorded, so that the last folio is surely the last.
  package var recordsSplits: Bool { proves(.folioSplit, .folioFree, .zoneDevicePageInit) }
  /// Whether the end of zdds is surely recorded: else they would count as holders for ever.
  package var recordsZddEnd: Bool { has(.zddDestroy) }
  /// The same of a pages object's hold.
  package var recordsPagesEnd: Bool {
    (isProbed(.unmapPages) && isProbed(.freePages)) || hasMet(.unmapPages) || hasMet(.freePages)
  }
  /// Whether zdds count as holders; where a text does not tell its probes, their end may be recorded.
  var countsZdds: Bool { isProbed(.zddDestroy) || !isComplete }
  /// The same of pages objects.
  var countsPages: Bool { (isProbed(.unmapPages) && isProbed(.freePages)) || !isComplete }
  /// Whether `drm_pagemap_migrate_unmap_pages` was ever met: the compiler may have inlined it.
  package var seesUnmap: Bool { hasMet(.migrateUnmapPages) || hasMet(.unmapArrays) }
  /// Whether all that takes a pagemap off a shrinker's list is recorded.
  package var recordsCancel: Bool { proves(.shrinkerCancel, .shrinkerCancelReturn, .shrinkerScan) }

  // MARK: Gaps

  /// Takes note of a gap in the record.
  ///
  /// - Parameters:
  ///   - start: the last record before it; nil for the recording's beginning.
  ///   - end: the first record behind it; nil for the recording's end.
  mutating func noteGap(from start: UInt64?, to end: UInt64?) {
    gaps.add(from: start ?? 0, to: end ?? .max)
  }

  /// A number that changes with each gap that becomes known.
  package var gapRevision: Int { gaps.revision }

  /// Whether the record has no gap at or after `time`, as far as is known by now.
  package func isIntact(since time: UInt64) -> Bool {
    guard let last = gaps.lastEnd else { return true }
    return last < time
  }

  /// Whether the record has no gap between two points of time, as far as is known by now.
  package func isIntact(from start: UInt64, to end: UInt64) -> Bool {
    !gaps.touch(from: start, to: end)
  }

  // MARK: What is learned

  /// An event told where the array of `struct page` begins.
  mutating func learnVmemmap(_ base: UInt64) { vmemmap.learn(base, at: now) }

  /// A migration was seen to lock page frames.
  mutating func learnLockedFrames() { locksFrames = true }
}
