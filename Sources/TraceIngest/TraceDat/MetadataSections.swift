/// What the kernel says of its ring buffer's pages and records.
struct HeaderTexts {
  /// `events/header_page`: how a page of the ring buffer begins.
  var page: [UInt8]
  /// `events/header_event`: how an event in it begins.
  var event: [UInt8]
  /// Where the first stands in the file.
  var pageOffset: UInt64
}

/// Parsers of the parts that versions 6 and 7 have in common: there they stand one after another,
/// here each in a section of its own.
enum MetadataSections {
  /// The most bytes that a system's name may have.
  private static let nameLimit = 256

  /// Reads `header_page` and `header_event`.
  static func headerTexts(_ reader: inout ByteReader) throws(IngestError) -> HeaderTexts {
    try expect("header_page", &reader)
    let size = try reader.length(UInt64.self, of: "header_page")
    let offset = reader.offset
    let text = try reader.bytes(size, of: "header_page")
    try expect("header_event", &reader)
    let eventSize = try reader.length(UInt64.self, of: "header_event")
    let event = try reader.bytes(eventSize, of: "header_event")
    return HeaderTexts(page: text, event: event, pageOffset: offset)
  }

  private static func expect(_ name: String, _ reader: inout ByteReader) throws(IngestError) {
    let offset = reader.offset
    let found = try reader.bytes(name.utf8.count + 1, of: "the word \(name)")
    guard found.elementsEqual(Array(name.utf8) + [0]) else {
      throw FixedHeader.contradiction(at: offset, "the word \"\(name)\" was expected")
    }
  }

  /// Appends the formats of the `ftrace` system.
  static func ftraceFormats(
    _ reader: inout ByteReader, into formats: inout [EventFormatText]
  ) throws(IngestError) {
    let count = try reader.number(UInt32.self, of: "the number of ftrace formats")
    for _ in 0..<count {
      try format(&reader, system: "ftrace", into: &formats)
    }
  }

  /// Appends the formats of all other systems.
  static func eventFormats(
    _ reader: inout ByteReader, into formats: inout [EventFormatText]
  ) throws(IngestError) {
    let systems = try reader.number(UInt32.self, of: "the number of event systems")
    for _ in 0..<systems {
      let system = String(
        decoding: try reader.string(limit: nameLimit, of: "the name of an event system"),
        as: UTF8.self)
      let count = try reader.number(UInt32.self, of: "the number of formats of \(system)")
      for _ in 0..<count {
        try format(&reader, system: system, into: &formats)
      }
    }
  }

  /// Appends one format. Event ids have 16 bits, so there cannot be more formats than that.
  private static func format(
    _ reader: inout ByteReader, system: String, into formats: inout [EventFormatText]
  ) throws(IngestError) {
    let offset = reader.offset
    let size = try reader.length(UInt64.self, of: "a format of \(system)")
    guard formats.count < 1 << 16 else {
      throw FixedHeader.contradiction(at: offset, "at most 65536 event formats were expected")
    }
    formats.append(
      EventFormatText(system: system, text: try reader.bytes(size, of: "a format of \(system)")))
  }

  /// Reads the saved command lines: lines of a task's id, a space and its name.
  static func commandLines(
    _ reader: inout ByteReader, into names: inout TaskNames
  ) throws(IngestError) {
    let size = try reader.length(UInt64.self, of: "the saved command lines")
    let text = try reader.bytes(size, of: "the saved command lines")
    names.add(savedCommandLines: text)
  }
}
