extension CPUStream {
  /// Which records are wanted, and where their headers go.
  struct Wish {
    /// A bit for every `common_type`, those without a format among them.
    var ids: [UInt64]
    /// A bit for every `common_type` that no format has: these are counted only. Empty for none.
    var formatless: [UInt64] = []
    var conversion: TimestampConversion
    /// The places of the headers.
    var slots: Range<Int>
  }

  /// Goes on through the data to the next wanted records, counting the others, and puts the
  /// headers of those that stand on one page into the slots. Their `payloadOffset` is a place in the
  /// source's window, which stays as it is until the next call. A gap before the page comes first,
  /// as a header of kind `.lostEvents`.
  ///
  /// - Returns: how many slots were filled; 0 at the end of the data.
  func walk<Order: WordOrder>(
    _ wish: Wish, into headers: inout [RecordHeader], _ order: Order.Type
  ) throws(IngestError) -> Int {
    var count = 0
    while count == 0 {
      if !isOnRecord {
        guard try loadPage(order) else { return 0 }
        isOnRecord = true
        count = putGap(wish, into: &headers)
      }
      count = walkPage(wish, from: count, into: &headers, order)
    }
    return count
  }

  /// Walks on to the end of the page, as long as there are slots. `count` of them are filled.
  ///
  /// - Returns: how many slots are filled afterwards.
  private func walkPage<Order: WordOrder>(
    _ wish: Wish, from count: Int, into headers: inout [RecordHeader], _ order: Order.Type
  ) -> Int {
    var headers = headers.mutableSpan
    let ids = wish.ids.span
    let formatless = wish.formatless.span
    var walker = walker
    let window = source.bytes.bytes
    var records: UInt64 = 0
    var highest = highestTimestamp
    var last: UInt64 = 0
    var step = PageWalker.Step.record
    var place = wish.slots.lowerBound + count
    while step == .record, place < wish.slots.upperBound {
      records &+= 1
      last = walker.timestamp
      highest = max(highest, last)
      let id = order.load16(window, walker.payload)
      let word = Int(id >> 6)
      let bit: UInt64 = 1 << UInt64(id & 63)
      if ids[word] & bit == 0 {
        // Nobody wants it.
      } else if !formatless.isEmpty, formatless[word] & bit != 0 {
        ledger.addUnformatted(id)
      } else {
        headers[place] = RecordHeader(
          timestamp: wish.conversion(last),
          payloadOffset: UInt32(truncatingIfNeeded: walker.payload),
          payloadLength: UInt32(truncatingIfNeeded: walker.payloadLength), cpu: area.cpu,
          eventID: id, buffer: area.buffer, kind: .binary)
        place &+= 1
      }
      step = walker.step(window, order)
    }
    self.walker = walker
    note(records: records, last: last, highest: highest)
    isOnRecord = step == .record
    if step == .damaged { noteBrokenRecord() }
    return place - wish.slots.lowerBound
  }

  /// Puts a header for the gap before the current record, if there is one.
  private func putGap(
    _ wish: Wish, into headers: inout [RecordHeader]
  ) -> Int {
    guard let loss = takeLoss() else { return 0 }
    let before = wish.conversion(walker.timestamp)
    let gap = LostEvents(
      buffer: area.buffer, cpu: area.cpu, count: loss.count,
      after: lastTimestamp.map { wish.conversion($0) }, before: before)
    ledger.add(gap)
    self.gap = gap
    headers[wish.slots.lowerBound] = RecordHeader(
      timestamp: before, payloadOffset: 0, payloadLength: 0, cpu: area.cpu, eventID: 0,
      buffer: area.buffer, kind: .lostEvents)
    return 1
  }
}
