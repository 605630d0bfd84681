/// A growing store of small values in blocks of one size: it grows by a block, without moving what
/// is there, and a copy of it shares the blocks that neither has changed.
struct Slab<Element: BitwiseCopyable & Sendable>: Sendable {
  private var blocks: [[Element]] = []
  private let blank: Element
  private let shift: Int

  /// A store without any block; a block has `1 << shift` values, all `blank` at first.
  init(blank: Element, shift: Int) {
    self.blank = blank
    self.shift = shift
  }

  /// How many values there is room for.
  var capacity: Int { blocks.count << shift }

  /// Bytes that it takes, without the array of blocks.
  var memory: Int { capacity * MemoryLayout<Element>.stride }

  /// The value of a number below `capacity`.
  @inline(__always)
  subscript(number: UInt32) -> Element {
    get { blocks[Int(number) >> shift][Int(number) & (1 << shift - 1)] }
    _modify { yield &blocks[Int(number) >> shift][Int(number) & (1 << shift - 1)] }
  }

  /// Adds a block.
  mutating func grow() { blocks.append([Element](repeating: blank, count: 1 << shift)) }
}
