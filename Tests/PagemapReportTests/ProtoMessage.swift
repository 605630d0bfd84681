/// A protobuf message taken apart without knowing its schema.
struct ProtoMessage {
  /// A field's value as the wire has it.
  enum Value: Equatable {
    case number(UInt64)
    case bytes([UInt8])
  }

  /// The fields in their order.
  private(set) var fields: [(number: UInt64, value: Value)] = []

  /// The message that these bytes are; nil where they are none.
  init?(_ bytes: some Collection<UInt8>) {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      guard let tag = Self.varint(&rest) else { return nil }
      switch tag & 7 {
      case 0:
        guard let value = Self.varint(&rest) else { return nil }
        fields.append((tag >> 3, .number(value)))
      case 1:
        guard rest.count >= 8 else { return nil }
        let value = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        fields.append((tag >> 3, .number(value)))
      case 2:
        guard let length = Self.varint(&rest), length <= UInt64(rest.count) else { return nil }
        fields.append((tag >> 3, .bytes(Array(rest.prefix(Int(length))))))
        rest = rest.dropFirst(Int(length))
      default: return nil
      }
    }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  func numbers(_ field: UInt64) -> [UInt64] {
    fields.compactMap { known in
      if known.number == field, case .number(let value) = known.value { return value }
      return nil
    }
  }

  func number(_ field: UInt64) -> UInt64? { numbers(field).last }

  func messages(_ field: UInt64) -> [ProtoMessage] {
    fields.compactMap { known in
      if known.number == field, case .bytes(let bytes) = known.value { return .init(bytes) }
      return nil
    }
  }

  func text(_ field: UInt64) -> String? {
    for known in fields where known.number == field {
      if case .bytes(let bytes) = known.value { return String(validating: bytes, as: UTF8.self) }
    }
    return nil
  }
}
