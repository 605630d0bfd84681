/// The tables: which recorded names and fields mean what, a file for each of the kernel's, for kernels
/// 7.2 to 7.3.
///
/// Tables are data. A new spelling, a new kernel or a new probe set is a new row or a new name in a
/// row, and nothing else.
enum EventTable {}

/// One kind of event: the names it is recorded under, and its fields, parents before the fields
/// that are read through them.
package struct EventRow: Sendable {
  /// What the event means.
  package var kind: PagemapEvent.Kind
  /// The names it is recorded under, without the suffixes that `EventName` takes off.
  package var names: [String]
  /// Names that mean this event only in the systems of `EventTables.shortSystems`: anywhere else
  /// they are too common.
  package var shortNames: [String]
  /// What is read of it, and by which names.
  package var fields: [FieldRow]

  /// A row for the kernel function's own name, or for `names` instead of it.
  init(
    _ kind: PagemapEvent.Kind, _ names: [String] = [], short: [String] = [],
    _ fields: [FieldRow] = []
  ) {
    self.kind = kind
    self.names = names.isEmpty ? [kind.origin.function] : names
    shortNames = short
    self.fields = fields
  }

  /// A row for a kind that no table has one for: every field is read that is recorded under its usual
  /// name.
  package init(usual kind: PagemapEvent.Kind) {
    self.init(kind, [], PagemapEvent.Field.allCases.map(FieldRow.init(usual:)))
  }

  /// Where in the function the event is taken.
  package var phase: PagemapEvent.Kind.Phase { kind.origin.phase }
}

/// One field of an event: what it is recorded as, what is made of it, and when it is garbage.
package struct FieldRow: Sendable {
  /// What is made of the recorded value.
  package enum Meaning: Hashable, Sendable {
    /// It stays as recorded: a pointer, an address, an unsigned number.
    case value
    /// A C `int`, whatever size it was recorded with: 32 bits, signed.
    case int
    /// A C `long`, signed.
    case long
    /// A C `unsigned int`, whatever size it was recorded with.
    case unsigned
    /// A C `bool`: the low byte decides, 0 or 1.
    case bool
    /// The last address of a range; the field gets the one behind it.
    case last
    /// The address of a member that is this many bytes into the object.
    case member(UInt64)
    /// zone_device_data: the zdd, and `isMigrated` from bit 0.
    case taggedZdd
    /// A pointer that the function returns: `result`, and the object's field where it is one.
    case returned(PagemapEvent.Field)
    /// The second word of a folio's flags, whose low byte is the order of a large folio.
    case folioOrder
    /// A device's name.
    case name
    /// Entries of a page array, recorded as `x0`, `x1`, … or as an array `x`.
    case array(PageArrays.Role)
  }

  /// What zone_device_data's flag must be for the value to mean something.
  package enum Tag: Hashable, Sendable {
    /// Nothing depends on it.
    case any
    /// The value was read through the pointer with its flag: right only where that is 0.
    case clear
    /// The value was read one byte before the pointer: right only where the flag is 1.
    case set
  }

  /// The field; for arrays the one that says how many entries there are.
  package var field: PagemapEvent.Field
  /// The names it is recorded under, the usual one first.
  package var names: [String]
  /// What is made of it.
  package var meaning: Meaning
  /// The field whose object it is read from: garbage where that is NULL or an error pointer.
  package var parent: PagemapEvent.Field?
  /// What the zdd's flag must be.
  package var tag: Tag

  private init(
    _ field: PagemapEvent.Field, _ names: [String], _ meaning: Meaning,
    _ parent: PagemapEvent.Field?, _ tag: Tag = .any
  ) {
    self.field = field
    self.names = names.isEmpty ? [field.label] : names
    self.meaning = meaning
    self.parent = parent
    self.tag = tag
  }
}

extension FieldRow {
  /// A field as it is usually recorded: under its label, counts through the objects that have them.
  init(usual field: PagemapEvent.Field) {
    let meaning: Meaning =
      switch field.style {
      case .name: .name
      case .signed: .int
      case .hexadecimal, .unsigned: field == .zdd ? .taggedZdd : .value
      }
    let parent: PagemapEvent.Field? =
      switch field {
      case .ref: .dpagemap
      case .zddRef: .zdd
      case .ownerRef: .owner
      case .rangeRef: .range
      case .num: .shrinker
      default: nil
      }
    self.init(field, [], meaning, parent)
  }
}

// MARK: - What rows are written with

extension FieldRow {
  /// A pointer, an address or an unsigned number.
  static func value(
    _ field: PagemapEvent.Field, _ names: String..., through parent: PagemapEvent.Field? = nil,
    tag: Tag = .any
  ) -> Self { Self(field, names, .value, parent, tag) }

  /// A C `int`.
  static func int(
    _ field: PagemapEvent.Field, _ names: String..., through parent: PagemapEvent.Field? = nil,
    tag: Tag = .any
  ) -> Self { Self(field, names, .int, parent, tag) }

  /// A C `unsigned int`.
  static func unsigned(
    _ field: PagemapEvent.Field, _ names: String..., through parent: PagemapEvent.Field? = nil
  ) -> Self { Self(field, names, .unsigned, parent) }

  /// A C `bool`.
  static func bool(_ field: PagemapEvent.Field, _ names: String...) -> Self {
    Self(field, names, .bool, nil)
  }

  /// The last address of a range, read as the end behind it.
  static func last(through parent: PagemapEvent.Field) -> Self {
    Self(.end, ["last"], .last, parent)
  }

  /// The address of a member of the object.
  static func member(
    of field: PagemapEvent.Field, at offset: UInt64, _ names: String...
  ) -> Self { Self(field, names, .member(offset), nil) }

  /// zone_device_data of a page or folio.
  static func taggedZdd(through parent: PagemapEvent.Field) -> Self {
    Self(.zdd, [], .taggedZdd, parent)
  }

  /// The order of a folio, from the second word of its flags.
  static func folioOrder(_ name: String) -> Self {
    Self(.order, [name], .folioOrder, .folio)
  }

  /// A device's name.
  static func name(_ names: String..., through parent: PagemapEvent.Field? = nil) -> Self {
    Self(.device, names, .name, parent)
  }

  /// What the function returns, by its C type.
  static func returns(_ type: Meaning) -> Self { Self(.result, [], type, nil) }

  /// A pointer that the function returns.
  static func returns(pointerTo field: PagemapEvent.Field) -> Self {
    Self(.result, [], .returned(field), nil)
  }

  /// The entries of a page array that is recorded under this letter.
  static func array(
    _ role: PageArrays.Role, _ letter: String, through parent: PagemapEvent.Field? = nil
  ) -> Self { Self(.npages, [letter], .array(role), parent) }
}
