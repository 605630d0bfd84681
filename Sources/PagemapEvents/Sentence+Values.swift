package import TraceWords

extension Sentence {
  /// The value of a field, in the field's style; `name` tells a device's name by its index.
  package init(
    _ value: UInt64, of field: PagemapEvent.Field, name: (UInt64) -> String? = { String($0) }
  ) {
    self =
      switch field.style {
      case .hexadecimal: "\(address: value)"
      case .signed: "\(Int64(bitPattern: value))"
      case .unsigned: "\(value)"
      case .name: "\(name(value) ?? "?")"
      }
  }
}

extension Sentence.StringInterpolation {
  /// A positive error number by the kernel's name for it: `ENOMEM`.
  package mutating func appendInterpolation(errno number: Int64) {
    appendInterpolation(error: number, name: Errno.name(number))
  }
}
