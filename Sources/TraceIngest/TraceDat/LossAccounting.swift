/// Compares what the kernel counted for a CPU with what was read and with the marks of its pages.
enum LossAccounting {
  /// Whether any page says that records were lost before it. Reads until the first that does.
  static func hasLossMark<Order: WordOrder>(
    _ source: any PageProvider, layout: PageLayout, _ order: Order.Type
  ) throws(IngestError) -> Bool {
    while let page = try source.nextPage() {
      guard page.length >= layout.dataOffset else { continue }
      let pointer = source.bytes
      if PageHeader(pointer.bytes, at: page.start, layout: layout, order).hasLoss { return true }
    }
    return false
  }

  /// What the end of a CPU's data shows to be missing, beyond the gaps that were met.
  struct EndLoss {
    /// Gaps, in the order they are reported.
    var gaps: [LostEvents] = []
    /// Overwritten events in gaps whose size no mark tells: all of them together.
    var uncounted: UInt64 = 0
    /// Events that the kernel handed out and the file lacks.
    var damage: Damage?
  }

  /// - Parameters:
  ///   - stream: a stream that was read to its end.
  ///   - last: the stamp of its last record by the trace's clock.
  static func endLoss(_ stream: CPUStream, last: UInt64?) -> EndLoss {
    var loss = EndLoss()
    let area = stream.area
    func gap(_ count: UInt64?, after: UInt64?) {
      loss.gaps.append(
        LostEvents(buffer: area.buffer, cpu: area.cpu, count: count, after: after, before: nil))
    }
    if let pending = stream.takeLoss() {
      gap(pending.count, after: last)
    } else if area.isCut {
      gap(nil, after: last)
    }
    guard let counters = area.statistics else { return loss }
    let read = stream.ledger.eventsRead
    let handedOut = counters.readEvents
    let existing = handedOut.addingReportingOverflow(counters.entries)
    let absent = existing.overflow ? .max : existing.partialValue - min(existing.partialValue, read)
    // Where fewer than `entries` are absent, the rest was still read after the counters were.
    let leftInKernel = min(absent, counters.entries)
    if leftInKernel > 0 { gap(leftInKernel, after: last) }
    let missing = absent - leftInKernel
    if missing > 0 {
      loss.damage = Damage(
        kind: .missingEvents, offset: area.offset, length: nil, cpu: area.cpu,
        message: "the kernel handed out \(handedOut) events of CPU \(area.cpu), "
          + "\(missing) of them are not in the file")
      let isExplained = !loss.gaps.isEmpty || stream.ledger.gapsOfUnknownSize > 0
      if !isExplained { gap(missing, after: nil) }
    }
    // Nobody knows where these are missing: before, between or behind the records.
    if counters.droppedEvents > 0 { gap(counters.droppedEvents, after: nil) }
    if counters.commitOverrun > 0 { gap(counters.commitOverrun, after: nil) }
    let unmarked = unmarkedOverrun(stream, counters)
    if unmarked > 0 { gap(unmarked, after: nil) }
    loss.uncounted = stream.hasUncountedMark ? beyondMarks(stream, counters) : 0
    return loss
  }

  /// Overwritten events of a CPU none of whose pages has a mark; nil where there are none.
  static func overrunWithoutMarks(_ stream: CPUStream) -> UInt64? {
    guard let overrun = stream.area.statistics?.overrun, overrun > 0, stream.countedByMarks == 0,
      !stream.hasUncountedMark
    else { return nil }
    return overrun
  }

  /// Overwritten events that no mark tells of. A mark without a count may cover any number, and so
  /// does a gap before the first record that `startLoss` put there.
  private static func unmarkedOverrun(_ stream: CPUStream, _ counters: CPUStatistics) -> UInt64 {
    guard !stream.hasUncountedMark, stream.countedByMarks > 0 else { return 0 }
    return beyondMarks(stream, counters)
  }

  private static func beyondMarks(_ stream: CPUStream, _ counters: CPUStatistics) -> UInt64 {
    counters.overrun - min(counters.overrun, stream.countedByMarks)
  }
}
