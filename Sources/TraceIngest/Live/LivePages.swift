import Glibc

/// The pages of one CPU as the running kernel hands them out, first in, first out.
final class LivePages: PageProvider {
  let cpu: UInt32
  private let descriptor: Int32
  private let pool: PagePool
  /// Pages that were read and not handed out, from `first` on.
  private var waiting: [UnsafeMutableRawBufferPointer] = []
  private var first = 0
  private var current: UnsafeMutableRawBufferPointer?
  /// The bytes that were read before the current page.
  private var offset: UInt64 = 0
  private var damage: [Damage] = []
  /// Whether the latest look found nothing more.
  private(set) var isDrained = false
  /// The stamp of the latest page that was read; later records of this CPU are not earlier.
  private(set) var newestPage: UInt64?

  /// Pages that a CPU may hold whatever the others do, so that none can bring the merge to a halt.
  private static let granted = 4

  init(cpu: UInt32, descriptor: Int32, pool: PagePool) {
    self.cpu = cpu
    self.descriptor = descriptor
    self.pool = pool
  }

  deinit {
    if let current { pool.give(current) }
    for page in waiting[first...] { pool.give(page) }
  }

  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(current ?? UnsafeMutableRawBufferPointer(start: nil, count: 0))
  }

  func fileOffset(of place: Int) -> UInt64 { offset + UInt64(place) }

  func takeDamage() -> [Damage] {
    defer { damage.removeAll() }
    return damage
  }

  func nextPage() -> SourcePage? {
    guard first < waiting.count else { return nil }
    if let current {
      pool.give(current)
      offset += UInt64(pool.pageSize)
    }
    let page = waiting[first]
    current = page
    first += 1
    if first == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      first = 0
    }
    return SourcePage(start: 0, length: pool.pageSize)
  }

  /// Reads pages until the kernel has no more, memory runs out, or `limit` were read.
  ///
  /// - Returns: whether any was read.
  func fill(
    limit: Int, _ tee: ((UInt32, UnsafeRawBufferPointer) -> Void)?
  ) -> Bool {
    isDrained = false
    var count = 0
    while count < limit {
      let held = waiting.count - first
      guard let page = pool.take(isGranted: held < Self.granted) else { break }
      let received = read(descriptor, page.baseAddress, page.count)
      guard received > 0 else {
        pool.give(page)
        if received < 0, errno == EINTR { continue }
        if received < 0, errno != EAGAIN { noteFailure(errno) }
        isDrained = true
        break
      }
      let rest = UnsafeMutableRawBufferPointer(rebasing: page[received...])
      rest.initializeMemory(as: UInt8.self, repeating: 0)
      newestPage = UInt64(littleEndian: page.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
      tee?(cpu, UnsafeRawBufferPointer(page))
      waiting.append(page)
      count += 1
    }
    return count > 0
  }

  private func noteFailure(_ number: Int32) {
    guard damage.isEmpty else { return }
    damage.append(
      Damage(
        kind: .truncated, offset: offset, length: nil, cpu: cpu,
        message: "reading trace_pipe_raw of CPU \(cpu) failed: \(String(cString: strerror(number)))"
      ))
  }
}
