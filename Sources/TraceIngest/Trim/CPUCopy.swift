/// Copies what is kept of one CPU's records, and the records at the edges: the first and the last,
/// those around a gap, and those where stamps go backwards. Their stamps are in every report.
struct CPUCopy<Keeper: RecordKeeper> {
  /// How many records were kept for what they are, and how many as edges.
  private(set) var kept: UInt64 = 0
  private(set) var edges: UInt64 = 0
  private var pages: PageBuilder
  /// The latest record where it is not copied yet: on the page that is read, or from the one before.
  private var latest: Place?
  private var held: Held?
  private var needsEdge = true
  private var lastStamp: UInt64 = 0
  /// A record with zero bytes behind it, as keepers want it.
  private var scratch: [UInt8] = []

  private struct Place {
    var range: Range<Int>
    var stamp: UInt64
  }

  private struct Held {
    var payload: [UInt8]
    var stamp: UInt64
  }

  init(to pages: PageBuilder) { self.pages = pages }

  /// Copies all of `stream`.
  mutating func run<Order: WordOrder>(
    _ stream: CPUStream, _ keeper: inout Keeper, _ order: Order.Type
  ) throws(IngestError) {
    let wanted = keeper.selection
    var counted = stream.countedByMarks
    while try stream.loadPage(order) {
      takeLoss(of: stream, marked: stream.countedByMarks &- counted, &keeper, order)
      counted = stream.countedByMarks
      copyPage(of: stream, wanted, &keeper, order)
    }
    copyHeld(stream, &keeper, order)
    takeLoss(of: stream, marked: stream.countedByMarks &- counted, &keeper, order)
    pages.endPage()
  }

  /// Marks what is missing before the record that follows. `marked` events of it had marks with a
  /// number, which they keep where others had none.
  private mutating func takeLoss<Order: WordOrder>(
    of stream: CPUStream, marked: UInt64, _ keeper: inout Keeper, _ order: Order.Type
  ) {
    guard let loss = stream.takeLoss() else { return }
    copyHeld(stream, &keeper, order)
    if loss.count == nil, marked > 0 { pages.markLoss(marked) }
    pages.markLoss(loss.count)
    needsEdge = true
  }

  private mutating func copyPage<Order: WordOrder>(
    of stream: CPUStream, _ wanted: EventSelection, _ keeper: inout Keeper, _ order: Order.Type
  ) {
    let window = stream.source.bytes
    var walker = stream.walker
    var records: UInt64 = 0
    var highest = stream.highestTimestamp
    var step = PageWalker.Step.record
    while step == .record {
      records &+= 1
      highest = max(highest, walker.timestamp)
      let range = walker.payload..<walker.payload + walker.payloadLength
      let place = Place(range: range, stamp: walker.timestamp)
      take(
        place, window, isWanted(order.load16(window.bytes, range.lowerBound), wanted),
        stream, &keeper, order)
      step = walker.step(window.bytes, order)
    }
    stream.note(records: records, last: lastStamp, highest: highest)
    stream.walker = walker
    if step == .damaged { stream.noteBrokenRecord() }
    if let latest {
      held = Held(payload: Array(window[latest.range]), stamp: latest.stamp)
    }
    latest = nil
  }

  private func isWanted(_ id: UInt16, _ wanted: EventSelection) -> Bool {
    wanted.ids[Int(id >> 6)] & (1 << UInt64(id & 63)) != 0 || wanted.isFormatless(id)
  }

  private mutating func take<Order: WordOrder>(
    _ place: Place, _ window: UnsafeRawBufferPointer, _ isWanted: Bool, _ stream: CPUStream,
    _ keeper: inout Keeper, _ order: Order.Type
  ) {
    if place.stamp < lastStamp {
      // The highest stamp is the end of the record.
      copyHeld(stream, &keeper, order)
      if let latest { copyEdge(window, latest, stream, &keeper, order) }
      needsEdge = true
    }
    held = nil
    latest = nil
    lastStamp = place.stamp
    var isKept = false
    if isWanted {
      let header = load(window, place, stream, order)
      isKept = keeper.keeps(header, scratch.span.bytes)
      if isKept {
        keeper.note(header, scratch.span.bytes)
        pages.append(UnsafeRawBufferPointer(rebasing: window[place.range]), at: place.stamp)
        kept &+= 1
      }
    }
    if !isKept, needsEdge {
      copyEdge(window, place, stream, &keeper, order)
    } else if !isKept {
      latest = place
    }
    needsEdge = false
  }

  private mutating func copyEdge<Order: WordOrder>(
    _ window: UnsafeRawBufferPointer, _ place: Place, _ stream: CPUStream,
    _ keeper: inout Keeper, _ order: Order.Type
  ) {
    let header = load(window, place, stream, order)
    keeper.note(header, scratch.span.bytes)
    pages.append(UnsafeRawBufferPointer(rebasing: window[place.range]), at: place.stamp)
    edges &+= 1
  }

  /// Copies the last record of the page before, where it was not kept.
  private mutating func copyHeld<Order: WordOrder>(
    _ stream: CPUStream, _ keeper: inout Keeper, _ order: Order.Type
  ) {
    guard let record = held else { return }
    held = nil
    record.payload.withUnsafeBytes { payload in
      let place = Place(range: 0..<payload.count, stamp: record.stamp)
      copyEdge(payload, place, stream, &keeper, order)
    }
  }

  /// Puts a record into `scratch`, and makes its header.
  private mutating func load<Order: WordOrder>(
    _ window: UnsafeRawBufferPointer, _ place: Place, _ stream: CPUStream, _ order: Order.Type
  ) -> RecordHeader {
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: window[place.range])
    scratch.append(contentsOf: repeatElement(0, count: RecordBatch.slack))
    return RecordHeader(
      timestamp: place.stamp, payloadOffset: 0, payloadLength: UInt32(place.range.count),
      cpu: stream.area.cpu, eventID: order.load16(scratch.span.bytes, 0),
      buffer: stream.area.buffer, kind: .binary)
  }
}
