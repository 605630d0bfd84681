/// Makes a smaller text of ftrace text: the header, the lines that tell of lost events, and the lines
/// of the events that are kept or that stand at the edge of a gap or of the text.
///
/// The first pass finds the edges, the second writes.
struct TextTrimmer<Keeper: RecordKeeper> {
  private let source: FileSource
  private let keeper: Keeper
  private var summary = TrimSummary()
  private var edges = TextEdges()
  /// Events that the headers say the text holds; 0 where they do not.
  private var held: UInt64 = 0

  init(_ source: FileSource, _ keeper: Keeper) throws(TrimError) {
    self.source = source
    self.keeper = keeper
    summary.bytesRead = source.size ?? 0
    // Refuses what has no line of ftrace.
    do throws(IngestError) {
      var place: UInt64 = 0
      _ = try TextTraceReader { buffer throws(IngestError) in
        let count = try source.read(at: place, into: buffer)
        place += UInt64(count)
        return count
      }
    } catch {
      throw .unusable(error)
    }
  }

  /// Writes what is kept to `path`.
  mutating func write(to path: String, salvaging: Bool) throws(TrimError) -> TrimSummary {
    try findEdges()
    if !salvaging, let first = summary.damage.damage.first {
      throw .damaged(
        first, UInt64(summary.damage.damage.count) &+ summary.damage.furtherDamage)
    }
    let file = try TrimmedFile.create(path)
    try copy(to: file)
    summary.bytesWritten = file.size
    do throws(RecordingError) { try file.commit() } catch { throw .unwritable(error) }
    return summary
  }

  private mutating func findEdges() throws(TrimError) {
    var pass = TextPass(source)
    var names = KeptNames(keeper)
    var edges = TextEdges()
    var summary = summary
    var held: UInt64 = 0
    do throws(IngestError) {
      try pass.run { line, bytes, offset in
        switch line {
        case .whole(.header(let header), _): held &+= header.held
        case .whole(.event(let event), _):
          summary.eventsRead += 1
          edges.take(event, bytes, at: offset, isKept: names.keeps(bytes[event.name]))
        case .whole(.lost(let cpu, _), _), .whole(.bufferStarted(let cpu), _): edges.lose(cpu)
        case .whole(.unreadable, let range):
          summary.damage.add(Self.damage(offset, UInt64(range.count), "a line of ftrace text"))
        case .tooLong:
          summary.damage.add(Self.damage(offset, nil, "a line that fits a window"))
        case .rest(let range):
          if case .event(let event) = TextLineScanner.scan(bytes.span.bytes, range) {
            summary.eventsRead += 1
            edges.take(event, bytes, at: offset, isKept: names.keeps(bytes[event.name]))
          } else {
            summary.damage.add(Self.damage(offset, UInt64(range.count), "the last line's end"))
          }
        case .whole: break
        }
      }
    } catch {
      throw .unusable(error)
    }
    edges.finish()
    self.edges = edges
    self.held = held
    self.summary = summary
  }

  private static func damage(_ offset: UInt64, _ length: UInt64?, _ what: String) -> Damage {
    Damage(
      kind: .unreadableLine, offset: offset, length: length, message: "\(what) was expected")
  }

  private mutating func copy(to file: TrimmedFile) throws(TrimError) {
    var pass = TextPass(source)
    var names = KeptNames(keeper)
    var summary = summary
    var isAfterKept = false
    let edges = edges.places
    // A header tells how many events follow. What it told too many of is still missing.
    let missing = held > summary.eventsRead ? held - summary.eventsRead : 0
    var written = held > 0 ? try countKept() &+ missing : 0
    do throws(IngestError) {
      try pass.run { line, bytes, offset in
        switch line {
        case .whole(.event(let event), let range):
          let isKept = names.keeps(bytes[event.name])
          isAfterKept = isKept
          if isKept {
            summary.eventsKept += 1
          } else if edges.contains(offset) {
            summary.edgesKept += 1
          }
          if isKept || edges.contains(offset) { file.append(bytes[range]) }
        case .whole(.header(let header), let range) where header.held > 0:
          file.append(Self.header(bytes[range], held: written, overwritten: header.overwritten))
          written = 0
        case .whole(.stack, let range):
          if isAfterKept { file.append(bytes[range]) }
        // What cannot be read stays as it is: the smaller text is damaged like the input.
        case .whole(_, let range), .rest(let range): file.append(bytes[range])
        case .tooLong: file.append(Array("a line longer than \(LineWindow.capacity) bytes\n".utf8))
        }
      }
    } catch {
      throw .unusable(error)
    }
    self.summary = summary
  }

  /// How many events will be written.
  private func countKept() throws(TrimError) -> UInt64 {
    var pass = TextPass(source)
    var names = KeptNames(keeper)
    var count: UInt64 = 0
    do throws(IngestError) {
      try pass.run { line, bytes, offset in
        guard case .whole(.event(let event), _) = line else { return }
        if names.keeps(bytes[event.name]) || edges.places.contains(offset) { count += 1 }
      }
    } catch {
      throw .unusable(error)
    }
    return count
  }

  /// The header's line with other numbers: what stands behind them (`#P:4`) stays.
  private static func header(_ line: ArraySlice<UInt8>, held: UInt64, overwritten: UInt64)
    -> [UInt8]
  {
    let rest = line.dropFirst().drop { $0 != UInt8(ascii: "#") }
    let end = rest.isEmpty ? Array("\n".utf8) : Array("   ".utf8) + rest
    return Array("# entries-in-buffer/entries-written: \(held)/\(held &+ overwritten)".utf8) + end
  }
}

/// Which event names a keeper wants, each asked for once.
private struct KeptNames<Keeper: RecordKeeper> {
  private let keeper: Keeper
  private var answers: [ArraySlice<UInt8>: Bool] = [:]

  /// Names beyond this number are asked for each time.
  private static var limit: Int { 4096 }

  init(_ keeper: Keeper) { self.keeper = keeper }

  mutating func keeps(_ name: ArraySlice<UInt8>) -> Bool {
    if let answer = answers[name] { return answer }
    let answer = keeper.keepsLines(of: String(decoding: name, as: UTF8.self))
    if answers.count < Self.limit { answers[ArraySlice(Array(name))] = answer }
    return answer
  }
}
