/// Builds the pages of one CPU from records and marks of lost events, as the kernel lays them out.
struct PageBuilder {
  private let layout: PageLayout
  private let subBufferSize: Int
  private let chunks: ChunkWriter
  /// The records of the page in the making.
  private var data: TraceDatBytes
  /// The page's stamp; nil before its first record.
  private var pageStamp: UInt64?
  private var lastStamp: UInt64 = 0
  private var mark: Mark?

  /// A mark of lost events in the header of a page.
  private enum Mark {
    case counted(UInt64)
    case uncounted
  }

  private enum Limit {
    /// The longest payload whose length fits a record's first word.
    static let shortPayload = 28 * 4
    /// Stamps farther from the one before need a time extend, or even a page of their own.
    static let delta: UInt64 = 1 << 27
    static let extendedDelta: UInt64 = 1 << 59
  }

  init(layout: PageLayout, subBufferSize: Int, isBigEndian: Bool, chunks: ChunkWriter) {
    self.layout = layout
    self.subBufferSize = subBufferSize
    self.chunks = chunks
    data = TraceDatBytes(isBigEndian: isBigEndian)
  }

  /// How many bytes are left for records.
  private var room: Int {
    let reserved = if case .counted = mark { layout.longSize } else { 0 }
    return subBufferSize - layout.dataOffset - reserved - data.bytes.count
  }

  /// Appends a record.
  mutating func append(_ payload: UnsafeRawBufferPointer, at stamp: UInt64) {
    let isLong = payload.count > Limit.shortPayload
    let size = payload.count + (isLong ? 8 : 4)
    if pageStamp != nil, !fits(size, at: stamp) { endPage() }
    if pageStamp == nil {
      // A mark and its number may leave too little room: they get a page without records.
      if size > room { endPage() }
      pageStamp = stamp
      lastStamp = stamp
    }
    var delta = stamp &- lastStamp
    lastStamp = stamp
    if delta >= Limit.delta {
      append(type: 30, delta: delta % Limit.delta)
      data.append(UInt32(truncatingIfNeeded: delta / Limit.delta))
      delta = 0
    }
    append(type: isLong ? 0 : UInt32(payload.count / 4), delta: delta)
    if isLong { data.append(UInt32(truncatingIfNeeded: payload.count + 4)) }
    data.append(payload)
  }

  private func fits(_ size: Int, at stamp: UInt64) -> Bool {
    guard stamp >= lastStamp, stamp - lastStamp < Limit.extendedDelta else { return false }
    return size + (stamp - lastStamp >= Limit.delta ? 8 : 0) <= room
  }

  private mutating func append(type: UInt32, delta: UInt64) {
    let delta = UInt32(truncatingIfNeeded: delta)
    data.append(data.isBigEndian ? type << 27 | delta : type | delta << 5)
  }

  /// Notes that events are missing before the next record; `count` is nil where nobody knows how
  /// many.
  mutating func markLoss(_ count: UInt64?) {
    endPage()
    mark = count.map { .counted($0) } ?? .uncounted
  }

  /// Ends the page in the making, if there is one, or a mark without a page.
  mutating func endPage() {
    guard pageStamp != nil || mark != nil else { return }
    var page = TraceDatBytes(isBigEndian: data.isBigEndian)
    page.append(pageStamp ?? lastStamp)
    var commit = UInt64(data.bytes.count)
    switch mark {
    case .counted: commit |= 3 << 30
    case .uncounted: commit |= 1 << 31
    case nil: break
    }
    page.append(long: commit, size: layout.longSize)
    page.append(data.bytes)
    if case .counted(let count) = mark { page.append(long: count, size: layout.longSize) }
    page.append([UInt8](repeating: 0, count: subBufferSize - page.bytes.count))
    chunks.append(page.bytes)
    data.removeAll()
    pageStamp = nil
    mark = nil
  }
}
