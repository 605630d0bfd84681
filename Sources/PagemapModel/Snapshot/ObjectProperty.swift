import PagemapEvents

/// Something that is known of the objects of a kind, or could be: a line of their description.
struct ObjectProperty<Object: Sendable>: Sendable {
  typealias Value = @Sendable (Object, borrowing KernelMirror, SnapshotContext) -> SnapshotValue?

  /// Its name for machines, and for people.
  let name: String
  let label: String
  /// The value; nil where it is not known or there is none.
  let value: Value
  /// Whether its changes go without saying, since those of others tell them.
  var isQuiet = false
  /// Whether what it names may change with the object.
  var isFollowed = false
  /// Mixes in what changes with the value, where that is cheaper or needs no names.
  var mix: (@Sendable (Object, inout Hasher) -> Void)?

  /// The property, whose changes go without saying.
  var quiet: Self {
    var copy = self
    copy.isQuiet = true
    return copy
  }

  /// A value that needs more than the object.
  static func value(_ name: String, _ label: String, _ value: @escaping Value) -> Self {
    Self(name: name, label: label, value: value)
  }

  /// An object that is known by its address; 0 is none.
  static func address(
    _ name: String, _ label: String, _ address: @escaping @Sendable (Object) -> UInt64?
  ) -> Self {
    Self(name: name, label: label) { object, _, _ in
      address(object).flatMap { $0 == 0 ? nil : .address($0) }
    }
  }

  /// The same for one that may change with this one.
  static func reference(
    _ name: String, _ label: String, _ address: @escaping @Sendable (Object) -> UInt64?
  ) -> Self {
    var property = Self.address(name, label, address)
    property.isFollowed = true
    return property
  }

  /// The same for several.
  static func references(
    _ name: String, _ label: String, _ addresses: @escaping @Sendable (Object) -> [UInt64]
  ) -> Self {
    Self(
      name: name, label: label, value: { object, _, _ in .addresses(addresses(object)) },
      isFollowed: true)
  }

  /// How many.
  static func count(
    _ name: String, _ label: String, _ count: @escaping @Sendable (Object) -> Int64?
  ) -> Self {
    Self(name: name, label: label) { object, _, _ in count(object).map { .count($0) } }
  }

  /// Yes or no.
  static func flag(
    _ name: String, _ label: String, _ flag: @escaping @Sendable (Object) -> Bool
  ) -> Self {
    Self(name: name, label: label) { object, _, _ in .flag(flag(object)) }
  }

  /// A word of the model.
  static func word(
    _ name: String, _ label: String, _ word: @escaping @Sendable (Object) -> String?
  ) -> Self {
    Self(name: name, label: label) { object, _, _ in word(object).map { .word($0) } }
  }

  /// A name of the trace, by its index.
  static func name(
    _ name: String, _ label: String, _ index: @escaping @Sendable (Object) -> UInt64?
  ) -> Self {
    Self(
      name: name, label: label,
      value: { object, _, context in
        index(object).flatMap { context.names[$0] }.map { .word($0) }
      }, mix: { $1.combine(index($0)) })
  }

  /// An event.
  static func event(
    _ name: String, _ label: String, _ note: @escaping @Sendable (Object) -> EventNote?
  ) -> Self {
    Self(name: name, label: label) { object, _, _ in note(object).map { .note($0) } }
  }

  /// A range of addresses, its end exclusive.
  static func range(
    _ name: String, _ label: String,
    _ range: @escaping @Sendable (Object) -> (start: UInt64?, end: UInt64?)
  ) -> Self {
    Self(name: name, label: label) { object, _, _ in
      guard case (let start?, let end?) = range(object), start <= end else { return nil }
      return .range(start: start, end: end)
    }
  }
}
