import TraceIngest

/// Appends numbers in a byte order.
struct ByteWriter {
  var isBigEndian: Bool
  var bytes: [UInt8] = []

  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: isBigEndian ? number.bigEndian : number.littleEndian) {
      bytes.append(contentsOf: $0)
    }
  }

  mutating func append(_ more: [UInt8]) { bytes += more }
  mutating func append(_ text: String) { bytes += Array(text.utf8) }
  mutating func appendTerminated(_ text: String) { bytes += Array(text.utf8) + [0] }

  /// Appends a number of 4 or 8 bytes.
  mutating func appendLong(_ number: UInt64, size: Int) {
    if size == 8 { append(number) } else { append(UInt32(truncatingIfNeeded: number)) }
  }

  /// Replaces a number at an offset.
  mutating func patch(_ number: some FixedWidthInteger, at offset: Int) {
    var writer = ByteWriter(isBigEndian: isBigEndian)
    writer.append(number)
    bytes.replaceSubrange(offset..<offset + writer.bytes.count, with: writer.bytes)
  }

  /// Appends zeros up to a multiple of `alignment`.
  mutating func align(to alignment: Int) {
    bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
  }
}

/// Composes the ring buffer pages of one CPU.
struct PageComposer {
  let isBigEndian: Bool
  let longSize: Int
  let subBufferSize: Int
  private var finished: [UInt8] = []
  private var data: ByteWriter
  private var pageStamp: UInt64?
  private var lastStamp: UInt64 = 0
  private var pendingLoss: [UInt64?] = []
  private var events: UInt64 = 0
  private var lost: UInt64 = 0
  private(set) var latest: UInt64 = 0
  var replacedStatistics: CPUStatistics?

  init(isBigEndian: Bool, longSize: Int, subBufferSize: Int) {
    self.isBigEndian = isBigEndian
    self.longSize = longSize
    self.subBufferSize = subBufferSize
    data = ByteWriter(isBigEndian: isBigEndian)
  }

  /// What the kernel would have counted.
  var statistics: CPUStatistics {
    if let replacedStatistics { return replacedStatistics }
    var statistics = CPUStatistics()
    statistics.readEvents = events
    statistics.overrun = lost
    return statistics
  }

  /// All pages, the one in work included.
  var allPages: [UInt8] {
    var copy = self
    copy.endPage(padded: false)
    return copy.finished
  }

  private var headerSize: Int { 8 + longSize }
  private var room: Int {
    let reserved = pendingLoss.isEmpty ? 0 : longSize
    return subBufferSize - headerSize - reserved - data.bytes.count
  }

  mutating func append(_ payload: [UInt8], at timestamp: UInt64, absolute: Bool) {
    let isLong = payload.count > 28 * 4
    let size = payload.count + (isLong ? 8 : 4)
    let delta = place(timestamp, size: size, absolute: absolute)
    if isLong {
      data.append(word(type: 0, delta: delta))
      data.append(UInt32(payload.count + 4))
    } else {
      data.append(word(type: UInt32(payload.count / 4), delta: delta))
    }
    data.append(payload)
    events += 1
  }

  mutating func appendDiscarded(_ length: Int, at timestamp: UInt64) {
    // A padding record with a delta of 0 would end the page, so the kernel writes at least 1.
    let delta = max(place(timestamp, size: 4 + length, absolute: false), 1)
    data.append(word(type: 29, delta: delta))
    data.append(UInt32(length))
    data.append([UInt8](repeating: 0xaa, count: length - 4))
  }

  mutating func markLoss(_ count: UInt64?) {
    endPage(padded: false)
    pendingLoss.append(count)
    lost += count ?? 0
  }

  mutating func appendRaw(_ bytes: [UInt8]) {
    endPage(padded: false)
    let page = bytes.prefix(subBufferSize)
    finished += page + [UInt8](repeating: 0, count: subBufferSize - page.count)
  }

  /// Starts a page where needed and writes time extends; returns the delta for the record's word.
  private mutating func place(_ timestamp: UInt64, size: Int, absolute: Bool) -> UInt32 {
    if pageStamp != nil, timestamp < lastStamp || room < size + 8 { endPage(padded: false) }
    if pageStamp == nil {
      pageStamp = timestamp
      lastStamp = timestamp
    }
    let delta = timestamp - lastStamp
    lastStamp = timestamp
    latest = max(latest, timestamp)
    let limit: UInt64 = 1 << 27
    guard absolute || delta >= limit else { return UInt32(delta) }
    let stamp = absolute ? timestamp & 0x07ff_ffff_ffff_ffff : delta
    data.append(word(type: absolute ? 31 : 30, delta: UInt32(stamp % limit)))
    data.append(UInt32(truncatingIfNeeded: stamp / limit))
    return 0
  }

  private func word(type: UInt32, delta: UInt32) -> UInt32 {
    isBigEndian ? type << 27 | delta : type | delta << 5
  }

  mutating func endPage(padded: Bool) {
    guard let stamp = pageStamp else { return }
    if padded, room >= 8 {
      data.append(word(type: 29, delta: 0))
      data.append(UInt32(room))
      data.append([UInt8](repeating: 0, count: room))
    }
    var page = ByteWriter(isBigEndian: isBigEndian)
    page.append(stamp)
    var commit = UInt64(data.bytes.count)
    let isUncounted = pendingLoss.contains(nil)
    if !pendingLoss.isEmpty { commit |= isUncounted ? 1 << 31 : 3 << 30 }
    page.appendLong(commit, size: longSize)
    page.append(data.bytes)
    if !pendingLoss.isEmpty, !isUncounted {
      page.appendLong(pendingLoss.reduce(0) { $0 + ($1 ?? 0) }, size: longSize)
    }
    page.align(to: subBufferSize)
    finished += page.bytes
    data.bytes.removeAll()
    pendingLoss.removeAll()
    pageStamp = nil
  }
}
