/// Opens an input and finds out what it is.
package enum TraceOpener {
  /// The bytes every trace.dat starts with: 0x17 0x08 "Dtracing".
  static let magic: [UInt8] = [0x17, 0x08, 0x44] + Array("tracing".utf8)

  /// Opens the trace at `path`, a trace.dat or ftrace text.
  ///
  /// - Parameters:
  ///   - path: the file's path; `-` stands for standard input.
  ///   - standardInput: the descriptor that `-` reads.
  ///   - temporaryDirectory: where a trace.dat that comes through a pipe is kept, unlinked, while
  ///     it is read.
  /// - Throws: `IngestError` where the input is not a trace that can be read at all.
  package static func open(
    path: String, standardInput: Int32 = 0, temporaryDirectory: String = "/tmp"
  ) throws(IngestError) -> any TraceReader {
    let source =
      path == "-"
      ? try FileSource.adopt(descriptor: standardInput) : try FileSource.open(path: path)
    return try open(source, temporaryDirectory: temporaryDirectory)
  }

  /// Opens the trace that `source` holds.
  static func open(
    _ source: FileSource, temporaryDirectory: String
  ) throws(IngestError) -> any TraceReader {
    if try isText(source) { return try openText(source) }
    let file = source.size == nil ? try source.spooled(in: temporaryDirectory) : source
    return try TraceDatReader(file)
  }

  /// Whether the input does not start as every trace.dat does.
  ///
  /// - Throws: `IngestError` where it is empty or ends inside the magic.
  static func isText(_ source: FileSource) throws(IngestError) -> Bool {
    let start = try source.peek(magic.count)
    guard !start.isEmpty else {
      throw IngestError(
        .empty, offset: 0, expectation: "a trace was expected, but the input is empty",
        advice: "record it again")
    }
    guard magic.starts(with: start) else { return true }
    guard start.count == magic.count else {
      throw IngestError(
        .truncatedHeader, offset: UInt64(start.count),
        expectation: "the rest of a trace.dat's magic was expected, but the file ends",
        advice: "copy or record it again")
    }
    return false
  }

  /// Opens ftrace text. The source may be a stream: read it by `readNext(into:)` alone.
  static func openText(_ source: FileSource) throws(IngestError) -> any TraceReader {
    try TextTraceReader { buffer throws(IngestError) in try source.readNext(into: buffer) }
  }
}
