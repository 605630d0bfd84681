/// What a container says of itself, as far as it can be read, whatever becomes of the rest.
package struct Inspection: Sendable {
  /// The size of the input in bytes.
  package var size: UInt64 = 0
  /// Whether it starts as a trace.dat does.
  package var isTraceDat = false
  /// Labels and values of the fixed header, in their order.
  package var header: [(label: String, value: String)] = []
  /// The sections of a version 7 file, or the parts of a version 6 file that are known.
  package var sections: [Part] = []
  /// The CPUs' data.
  package var cpus: [CPUPart] = []
  /// What keeps the input from being read at all.
  package var error: IngestError?

  /// A section of the file: its id, and where it is.
  package struct Part: Sendable {
    package var id: UInt16
    package var offset: UInt64
    package var size: UInt64
    package var isCompressed: Bool
    package var isCut: Bool
  }

  /// The data of one CPU of one buffer.
  package struct CPUPart: Sendable {
    package var buffer: UInt16
    package var cpu: UInt32
    package var offset: UInt64
    package var size: UInt64
    package var subBufferSize: Int
    package var compression: String
    package var isCut: Bool
  }

  /// Looks at a file, which has to be a regular one.
  package init(_ file: FileSource) {
    size = file.size ?? 0
    do throws(IngestError) {
      isTraceDat = try !TraceOpener.isText(file)
      guard isTraceDat else { return }
      let header = try FixedHeader(file)
      describe(header)
      if header.version >= 7 {
        sections = try SectionIndex(file, header: header).sections.map {
          Part(
            id: $0.id, offset: $0.offset, size: $0.announcedSize, isCompressed: $0.isCompressed,
            isCut: $0.isCut)
        }
      }
      describe(try TraceDatLayout.read(file))
    } catch {
      self.error = error
    }
  }

  private mutating func describe(_ header: FixedHeader) {
    self.header = [
      ("version", "\(header.version)"), ("compression", header.compression.rawValue),
      ("byte order", header.isBigEndian ? "big-endian" : "little-endian"),
      ("long of the recorder", "\(header.userLongSize) bytes"),
      ("page size", "\(header.pageSize) bytes"),
      ("header ends", "byte \(header.end)"),
    ]
    if header.version >= 7 { self.header.append(("options", "byte \(header.optionsOffset)")) }
  }

  private mutating func describe(_ layout: TraceDatLayout) {
    let options = layout.options
    let conversion = layout.conversion
    header += [
      ("long of the kernel", "\(layout.page.longSize) bytes"),
      ("sub-buffers", "\(layout.page.subBufferSize) bytes"),
      ("header_page", layout.headerTexts.map { "\($0.page.count) bytes" } ?? "missing"),
      ("header_event", layout.headerTexts.map { "\($0.event.count) bytes" } ?? "missing"),
      ("CPU count option", options.cpuCount.map { "\($0)" } ?? "missing"),
      (
        "stamp conversion",
        "multiplier \(conversion.multiplier), shift \(conversion.shift), "
          + "offset \(Int64(bitPattern: conversion.offset))"
      ),
      ("CPUSTAT options", "\(options.statistics.count)"),
      ("journal", options.journal.map { "byte \($0)" } ?? "none"),
    ]
    cpus = layout.areas.map {
      CPUPart(
        buffer: $0.buffer, cpu: $0.cpu, offset: $0.offset, size: $0.size,
        subBufferSize: $0.subBufferSize, compression: $0.compression.rawValue, isCut: $0.isCut)
    }
  }
}

extension FileSource {
  /// The same bytes as a regular file: a stream is kept in an unlinked file in `directory`.
  package func seekable(in directory: String = "/tmp") throws(IngestError) -> FileSource {
    size == nil ? try spooled(in: directory) : self
  }

  /// A reader of the trace in this file; nil where it is no trace that can be read.
  package func traceReader() throws(IngestError) -> any TraceReader {
    try TraceOpener.open(self, temporaryDirectory: "/tmp")
  }
}
