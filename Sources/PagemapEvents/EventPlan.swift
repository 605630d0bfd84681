import TraceDecode

/// How the records of one event become a `PagemapEvent`: worked out once from a row of the tables
/// and a format, then followed for every record.
struct EventPlan: Sendable {
  /// The recorded name, `SYSTEM:NAME`; for text only `NAME`.
  var name: String
  /// What is read of every record ahead of its fields.
  var head: PlanHead
  /// Its keys in `PlanBook.keys`: text only.
  var keys = 0..<0
  /// Whether it is a probe on a function, and no static tracepoint.
  var isProbe = true
  /// Where a stack's addresses are.
  var addresses: AddressReader?
  /// The fields that the steps can set, a bit each.
  var fields: UInt64 = 0
  /// Records decoded with it.
  var count: UInt64 = 0
  /// The fields that these records had, a bit each.
  var seen: UInt64 = 0
}

extension EventPlan {
  /// What the event means.
  var kind: PagemapEvent.Kind { head.kind }
}

/// What is read of every record ahead of its fields: plain numbers, which are loaded together.
struct PlanHead: Sendable {
  /// What the event means.
  var kind: PagemapEvent.Kind
  /// Its steps in `PlanBook.steps`.
  var steps: Range<Int>
  /// The length that a payload must have for every step to find its bytes.
  var minimumLength = 0
  /// Where `common_pid` is.
  var pid: FieldReader?
  /// Where `common_flags` is, and behind it `common_preempt_count`.
  var context: FieldReader?
  /// Where the addresses of the probe and of what it returns to are.
  var function: FieldReader?
  var caller: FieldReader?

  /// The context in a payload that is long enough; nil where the format does not tell it.
  @inline(__always)
  func context(of bytes: RawSpan, at start: Int) -> EventContext? {
    guard let context else { return nil }
    let place = start &+ Int(context.offset)
    return EventContext(
      flags: bytes.unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self),
      counts: bytes.unsafeLoad(fromUncheckedByteOffset: place &+ 1, as: UInt8.self))
  }
}

/// One value: where it is recorded, what is made of it, when it is garbage.
struct PlanStep: BitwiseCopyable, Sendable {
  /// What is made of it; as `FieldRow.Meaning`, with the operand apart.
  enum Operation: UInt8, BitwiseCopyable, Sendable {
    case value, int, unsigned, bool, last, member, taggedZdd, returned, folioOrder, name, element
  }

  /// Where it is in a binary payload; for text without meaning.
  var reader: FieldReader
  /// What is made of it.
  var operation: Operation
  /// The offset of a member, the role of an array, the index of a `TextReader`.
  var operand: UInt16 = 0
  /// The field that it sets; for an array's entry the one that limits them.
  var field: PagemapEvent.Field
  /// The object's field that a returned pointer also sets.
  var returned: PagemapEvent.Field?
  /// The field that must hold a pointer, or the value is garbage.
  var parent: PagemapEvent.Field?
  /// What `isMigrated` must be, or the value is garbage: 0, 1, or 2 where it does not matter.
  var tag: UInt8 = 2
}

extension PlanStep {
  /// The step for a row, without its place in a payload.
  init(_ row: FieldRow, reader: FieldReader) {
    self.reader = reader
    field = row.field
    parent = row.parent
    tag = row.tag == .any ? 2 : row.tag == .set ? 1 : 0
    switch row.meaning {
    case .value: operation = .value
    case .int: operation = .int
    case .long: operation = reader.size == 4 ? .int : .value
    case .unsigned: operation = .unsigned
    case .bool: operation = .bool
    case .last: operation = .last
    case .member(let offset):
      operation = .member
      operand = UInt16(truncatingIfNeeded: offset)
    case .taggedZdd: operation = .taggedZdd
    case .returned(let field):
      operation = .returned
      returned = field
    case .folioOrder: operation = .folioOrder
    case .name: operation = .name
    case .array(let role):
      operation = .element
      operand = UInt16(truncatingIfNeeded: role.rawValue)
    }
  }

  /// The fields that it can set, a bit each.
  var fields: UInt64 {
    guard operation != .element else { return 0 }
    var bits: UInt64 = 1 << UInt64(field.rawValue)
    if let returned { bits |= 1 << UInt64(returned.rawValue) }
    if operation == .taggedZdd { bits |= 1 << UInt64(PagemapEvent.Field.isMigrated.rawValue) }
    return bits
  }

  /// Puts the recorded value into the event, unless it is garbage.
  ///
  /// - Parameter errors: the lowest value that is an error pointer.
  @inline(__always)
  func apply(_ raw: UInt64, to event: inout PagemapEvent, errors: UInt64) {
    if let parent {
      guard let pointer = event[parent], pointer != 0, pointer < errors else { return }
    }
    if tag < 2 {
      guard event[.isMigrated] == UInt64(tag) else { return }
    }
    switch operation {
    case .value: event.set(field, raw)
    case .int: event.set(field, UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: raw))))
    case .unsigned: event.set(field, raw & 0xffff_ffff)
    case .bool: event.set(field, raw & 0xff == 0 ? 0 : 1)
    case .last: event.set(field, raw &+ 1)
    case .member: event.set(field, raw &- UInt64(operand))
    case .taggedZdd:
      event.set(.zdd, raw & ~1)
      event.set(.isMigrated, raw & 1)
    case .returned: applyReturned(raw, to: &event, errors: errors)
    case .folioOrder:
      // PG_head, bit 6 of the first flags word, marks a large folio.
      guard let flags = event[.flags] else { return }
      event.set(field, flags & 0x40 == 0 ? 0 : raw & 0xff)
    case .element: applyElement(raw, to: &event)
    case .name: break
    }
  }

  private func applyReturned(_ raw: UInt64, to event: inout PagemapEvent, errors: UInt64) {
    let isError = raw >= errors
    // An error of a 32-bit kernel has 32 bits.
    event[field] =
      isError ? UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: raw))) : raw
    if !isError, raw != 0, let returned { event[returned] = raw }
  }

  /// Entries behind the array's end are whatever memory held: they are left out.
  private func applyElement(_ raw: UInt64, to event: inout PagemapEvent) {
    guard let role = PageArrays.Role(rawValue: Int(operand)) else { return }
    if let limit = event[field], UInt64(event.arrays.count(role)) >= limit { return }
    event.arrays.append(raw, to: role)
  }
}
