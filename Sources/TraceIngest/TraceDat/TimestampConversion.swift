/// Turns the ring buffer's stamps into those of the trace: TSC2NSEC, then OFFSET and DATE.
struct TimestampConversion: BitwiseCopyable {
  /// TSC2NSEC: nanoseconds are `(stamp * multiplier) >> shift`; 0 leaves stamps as they are.
  var multiplier: UInt32 = 0
  var shift: UInt32 = 0
  /// What is added afterwards, in nanoseconds (two's complement).
  var offset: UInt64 = 0

  /// The stamp by the trace's clock.
  @inline(__always)
  func callAsFunction(_ stamp: UInt64) -> UInt64 {
    if multiplier == 0 { return stamp &+ offset }
    return scaled(stamp) &+ offset
  }

  private func scaled(_ stamp: UInt64) -> UInt64 {
    let product = stamp.multipliedFullWidth(by: UInt64(multiplier))
    let shift = UInt64(shift & 63)
    if shift == 0 { return product.low }
    return (product.low >> shift) | (product.high << (64 - shift))
  }
}
