import CTraceEvent
import Synchronization
package import TraceIngest

/// libtraceevent's parser of event formats, behind `FormatGrammar`.
///
/// The library keeps the state of a parse in global variables, so that parses take turns.
package struct TraceEventHandle: ~Copyable {
  private let handle: OpaquePointer

  private static let turn = Mutex(())

  /// A handle for traces with this size of `long` (in bytes) and byte order; nil where the library
  /// has no memory.
  package init?(longSize: Int, isBigEndian: Bool) {
    guard let handle = tep_alloc() else { return nil }
    tep_set_loglevel(TEP_LOG_NONE)
    tep_set_long_size(handle, CInt(truncatingIfNeeded: longSize))
    tep_set_file_bigendian(handle, isBigEndian ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN)
    self.handle = handle
  }

  deinit { tep_free(handle) }

  /// Parses a format text.
  ///
  /// - Throws: `FormatError` where the grammar or the library refuses the text, and where the two
  ///   do not see the same fields in it.
  package func parse(_ format: EventFormatText) throws(FormatError) -> EventFormat {
    let grammar = try FormatGrammar(format.text)
    let fields = Self.turn.withLock { _ -> [EventField]? in
      self.fields(of: grammar, system: format.system)
    }
    guard let fields else {
      throw FormatError(offset: 0, expectation: "libtraceevent does not understand it")
    }
    let seen = fields.map { [$0.offset, $0.size] }
    guard seen == grammar.lines.map({ [$0.offset, $0.size] }) else {
      throw FormatError(offset: 0, expectation: "libtraceevent sees other fields in it")
    }
    return EventFormat(
      system: format.system, name: grammar.name, id: grammar.id, fields: fields)
  }

  private func fields(of grammar: FormatGrammar, system: String) -> [EventField]? {
    let text = grammar.cleanText
    var event: UnsafeMutablePointer<tep_event>?
    let result = tep_parse_format(handle, &event, text, UInt(text.utf8.count), system)
    guard result == TEP_ERRNO__SUCCESS, let event else { return nil }
    var fields: [EventField] = []
    for list in [event.pointee.format.common_fields, event.pointee.format.fields] {
      var next = list
      while let field = next, fields.count <= grammar.lines.count {
        fields.append(EventField(field.pointee))
        next = field.pointee.next
      }
    }
    return fields
  }
}

extension EventField {
  fileprivate init(_ field: tep_format_field) {
    func has(_ flag: tep_format_flags) -> Bool { field.flags & UInt(flag.rawValue) != 0 }
    let elementSize = Int(field.elementsize)
    let kind: Kind =
      if has(TEP_FIELD_IS_DYNAMIC), has(TEP_FIELD_IS_STRING), field.size == 4 {
        .dynamicString(relative: has(TEP_FIELD_IS_RELATIVE))
      } else if has(TEP_FIELD_IS_DYNAMIC) {
        .dynamicArray(relative: has(TEP_FIELD_IS_RELATIVE))
      } else if has(TEP_FIELD_IS_ARRAY), has(TEP_FIELD_IS_STRING) {
        .string
      } else if has(TEP_FIELD_IS_ARRAY) {
        elementSize > 0 && field.arraylen > 0 && Int(field.arraylen) * elementSize == field.size
          ? .array(count: Int(field.arraylen), elementSize: elementSize) : .opaque
      } else {
        field.size >= 1 && field.size <= 8 ? .integer : .opaque
      }
    self.init(
      name: field.name.map { String(cString: $0) } ?? "", offset: Int(field.offset),
      size: Int(field.size), isSigned: has(TEP_FIELD_IS_SIGNED), kind: kind)
  }
}
