/// Where a CPU's sub-buffers ("pages") come from: a stretch of a file, or the running kernel.
protocol PageProvider: AnyObject {
  /// The bytes that the latest page stands in; valid until the next call of `nextPage()`.
  var bytes: UnsafeRawBufferPointer { get }

  /// The next page, or nil where there is none; of a running kernel there may be one later.
  func nextPage() throws(IngestError) -> SourcePage?

  /// The input's offset for a place in `bytes`.
  func fileOffset(of place: Int) -> UInt64

  /// Hands over what was found damaged and forgets it.
  func takeDamage() -> [Damage]
}

/// A page in a provider's bytes. Where the input is cut the last one is shorter than a sub-buffer.
struct SourcePage {
  /// Where the page starts.
  var start: Int
  /// How many of its bytes are there.
  var length: Int
}
