extension Dictionary {
  /// Works on the value of a key where it stands, with one look-up; nil where there is none.
  ///
  /// A value that is only looked at through a subscript is copied first, and the model's objects
  /// are large and hold arrays.
  @inline(__always)
  mutating func withValue<Result>(
    of key: Key, _ body: (inout Value) -> Result
  ) -> Result? {
    guard let index = index(forKey: key) else { return nil }
    return body(&values[index])
  }
}
