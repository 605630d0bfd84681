/// Makes a recording smaller: what is kept of it a `RecordKeeper` says.
package enum Trimmer {
  /// Reads the trace at `path` and writes what is kept to `output`: a trace.dat of a trace.dat, a
  /// text of a text.
  ///
  /// - Parameters:
  ///   - path: the trace's path; `-` stands for standard input.
  ///   - salvaging: whether a damaged trace is taken; what comes of it stays a damaged one.
  ///   - temporaryDirectory: where a trace that comes through a pipe is kept, unlinked.
  ///   - makeKeeper: makes what says what is kept.
  package static func trim<Keeper: RecordKeeper>(
    path: String, to output: String, salvaging: Bool, temporaryDirectory: String = "/tmp",
    _ makeKeeper: (TraceMetadata) -> Keeper
  ) throws(TrimError) -> TrimSummary {
    let input: FileSource
    do throws(IngestError) {
      input = path == "-" ? try .adopt(descriptor: 0) : try .open(path: path)
    } catch {
      throw .unusable(error)
    }
    guard !input.isSameFile(as: output) else { throw .wouldOverwriteInput(path: output) }
    let source: FileSource
    let isText: Bool
    do throws(IngestError) {
      isText = try TraceOpener.isText(input)
      source = input.size == nil ? try input.spooled(in: temporaryDirectory) : input
    } catch {
      throw .unusable(error)
    }
    if isText {
      var trimmer = try TextTrimmer(source, makeKeeper(TraceMetadata(container: .text)))
      return try trimmer.write(to: output, salvaging: salvaging)
    }
    var trimmer = try TraceDatTrimmer(source, makeKeeper)
    return try trimmer.write(to: output, salvaging: salvaging)
  }
}
