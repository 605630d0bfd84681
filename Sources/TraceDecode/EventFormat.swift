/// The layout of one event's payload, as far as the kernel's format text tells it.
package struct EventFormat: Hashable, Sendable {
  /// The event's system (group), for example `drm_pagemap`.
  package var system: String
  /// The event's name, for example `drm_pagemap_put`.
  package var name: String
  /// The `common_type` of its records.
  package var id: UInt16
  /// The common fields, then the event's own, in the order of the format.
  package var fields: [EventField]

  package init(system: String, name: String, id: UInt16, fields: [EventField]) {
    self.system = system
    self.name = name
    self.id = id
    self.fields = fields
  }

  /// The field with this name; nil where the format has none.
  package subscript(field name: String) -> EventField? { fields.first { $0.name == name } }
}

/// One field of an event's payload.
package struct EventField: Hashable, Sendable {
  /// What the bytes of a field are.
  package enum Kind: Hashable, Sendable {
    /// A number, pointer, enumeration or `bool` of at most eight bytes.
    case integer
    /// `char x[n]`: text that ends at the first NUL or after `size` bytes.
    case string
    /// `type x[n]`: numbers one after another. `elementSize` is in bytes.
    case array(count: Int, elementSize: Int)
    /// `__data_loc char[] x`: a word that tells where in the record the text is. With `relative`
    /// (`__rel_loc`) its offset counts from the end of the word, else from the record's start.
    case dynamicString(relative: Bool)
    /// As `dynamicString`, for anything but text.
    case dynamicArray(relative: Bool)
    /// A structure, or an array whose length the format leaves open.
    case opaque
  }

  /// The field's name.
  package var name: String
  /// Where it starts in the payload, in bytes; `common_type` is at 0.
  package var offset: Int
  /// How many bytes it has there; 4 for the word of a dynamic field.
  package var size: Int
  /// Whether a number in it is signed.
  package var isSigned: Bool
  /// What its bytes are.
  package var kind: Kind

  package init(name: String, offset: Int, size: Int, isSigned: Bool, kind: Kind) {
    self.name = name
    self.offset = offset
    self.size = size
    self.isSigned = isSigned
    self.kind = kind
  }
}

/// Why a format text cannot be used.
package struct FormatError: Error, Hashable, Sendable {
  /// Where in the text, in bytes from its start.
  package var offset: Int
  /// What was expected there, or what is wrong with what stands there.
  package var expectation: String

  package init(offset: Int, expectation: String) {
    self.offset = offset
    self.expectation = expectation
  }
}

extension FormatError: CustomStringConvertible {
  package var description: String { "format byte \(offset): \(expectation)" }
}
