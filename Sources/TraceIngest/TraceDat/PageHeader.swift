/// The header of a sub-buffer: its stamp, the size of its data, and whether records were lost
/// before it.
struct PageHeader {
  /// The stamp that the first record's delta is added to.
  var timestamp: UInt64
  /// The size of the records behind the header, in bytes.
  var dataSize: Int
  /// Whether records were lost before this page.
  var hasLoss: Bool
  /// Whether the number of the lost records stands behind the data.
  var hasLossCount: Bool

  /// Bits of the commit field, whose upper half says nothing where it has 8 bytes.
  private static let lossFlag: UInt64 = 1 << 31
  private static let lossCountFlag: UInt64 = 1 << 30

  /// Reads the header of the page at `start`, of which `layout.dataOffset` bytes have to be there.
  init<Order: WordOrder>(
    _ window: RawSpan, at start: Int, layout: PageLayout, _ order: Order.Type
  ) {
    timestamp = Order.load64(window, start)
    let commit =
      layout.longSize == 8
      ? Order.load64(window, start + 8) : UInt64(Order.load32(window, start + 8))
    dataSize = Int(commit & 0x3fff_ffff)
    hasLoss = commit & Self.lossFlag != 0
    hasLossCount = hasLoss && commit & Self.lossCountFlag != 0
  }

  /// The number of lost records that stands behind the data; nil where there is none.
  func lossCount<Order: WordOrder>(
    _ window: RawSpan, page: SourcePage, layout: PageLayout, _ order: Order.Type
  ) -> UInt64? {
    let place = layout.dataOffset + dataSize
    guard hasLossCount, place + layout.longSize <= page.length else { return nil }
    let count =
      layout.longSize == 8
      ? Order.load64(window, page.start + place)
      : UInt64(Order.load32(window, page.start + place))
    // It is a signed long of the kernel, stored only where it is positive.
    let largest = layout.longSize == 8 ? UInt64(Int64.max) : UInt64(Int32.max)
    return count > 0 && count <= largest ? count : nil
  }
}
