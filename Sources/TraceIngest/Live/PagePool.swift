/// Sub-buffers' worth of memory, of which only so many are out at once.
final class PagePool {
  let pageSize: Int
  /// How many pages may be out beside those that every CPU is granted.
  private let limit: Int
  private var free: [UnsafeMutableRawBufferPointer] = []
  private(set) var taken = 0

  init(pageSize: Int, limit: Int) {
    self.pageSize = pageSize
    self.limit = limit
  }

  deinit {
    for page in free { page.deallocate() }
  }

  /// A page; nil where all are out, unless it `isGranted`.
  func take(isGranted: Bool) -> UnsafeMutableRawBufferPointer? {
    guard isGranted || taken < limit else { return nil }
    taken += 1
    return free.popLast() ?? .allocate(byteCount: pageSize, alignment: 16)
  }

  /// Takes a page back.
  func give(_ page: UnsafeMutableRawBufferPointer) {
    taken -= 1
    // What only a burst needed goes back to the system.
    if free.count < limit { free.append(page) } else { page.deallocate() }
  }
}
