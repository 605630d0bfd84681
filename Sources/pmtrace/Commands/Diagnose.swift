import ArgumentParser
import PagemapAnalysis
import PagemapEvents
import PagemapReport
import PagemapRules
import TraceDecode
import TraceIngest

/// `pmtrace diagnose`: what to attach to a report of a bug in pmtrace.
struct Diagnose: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Describes a recording for a report of a bug in pmtrace.",
    discussion: """
      EXAMPLES:
        pmtrace diagnose trace.dat                  what pmtrace makes of the file
        pmtrace diagnose trace.dat -o bundle.txt    the same to a file
        pmtrace diagnose --payload trace.dat        with bytes and task names: look before you send

      Works on unusable input, too. Without --payload no payload and no task name is told; device
      names, event names and addresses in the verdict are.

      EXIT CODES:
        0 described   3 the file cannot be opened   64 usage   70 the output cannot be written
      """)

  @Argument(help: ArgumentHelp("A recording; '-' is standard input.", valueName: "TRACE"))
  var trace: String

  @Option(
    name: [.short, .long], help: ArgumentHelp("Where to; else standard output.", valueName: "FILE"))
  var output: String?

  @Flag(help: "Adds bytes around the first damage, the first record of each event and task names.")
  var payload = false

  func validate() throws {
    if output == trace { throw ValidationError("--output would overwrite the recording \(trace).") }
  }

  func run() throws {
    let file: FileSource
    do throws(IngestError) {
      let input: FileSource = trace == "-" ? try .adopt(descriptor: 0) : try .open(path: trace)
      file = try input.seekable()
    } catch {
      Terminal.complain("\(trace): \(error)")
      throw ExitCode(3)
    }
    let bytes = DiagnosisText.render(diagnosis(of: file))
    guard let output else { return try Output.print(bytes) }
    guard !file.isSameFile(as: output) else {
      throw ValidationError("--output would overwrite the recording \(output).")
    }
    try Output.write(bytes, to: output)
  }

  private func diagnosis(of file: FileSource) -> Diagnosis {
    var diagnosis = Diagnosis(Inspection(file))
    diagnosis.versions = Versions.lines
    diagnosis.name = trace.split(separator: "/").last.map(String.init) ?? trace
    diagnosis.otherProgram = OtherProgram.first()
    do throws(IngestError) {
      let reader = try file.traceReader()
      diagnosis.formats = reader.metadata.formats.map(Self.line)
      let options = AnalysisOptions()
      diagnosis.analysis = try Analyzer.analyze(reader, path: diagnosis.name, options: options)
      if payload { diagnosis.payload = try Self.payload(of: file, reader.taskNames) }
    } catch {
      diagnosis.inspection.error = error
      if payload { diagnosis.payload = Diagnosis.Payload() }
    }
    if payload, let damage = diagnosis.firstDamage {
      let start = damage.offset - min(damage.offset, 128)
      let bytes = (try? file.bytes(at: start, count: 256)) ?? []
      diagnosis.payload?.damage = (start, bytes)
    }
    return diagnosis
  }

  private static func line(_ format: EventFormatText) -> Diagnosis.FormatLine {
    let heading = try? FormatGrammar.scan(format.text)
    return Diagnosis.FormatLine(
      name: "\(format.system):\(heading?.name ?? "?")", id: heading?.id, size: format.text.count)
  }

  /// Reads the trace again for the first record of each event that the model takes.
  private static func payload(
    of file: FileSource, _ tasks: TaskNames
  ) throws(IngestError) -> Diagnosis.Payload {
    var payload = Diagnosis.Payload()
    payload.tasks = tasks.sorted
    guard Inspection(file).isTraceDat else { return payload }
    let reader = try file.traceReader()
    reader.select(EventDecoder(metadata: reader.metadata).selection)
    var names: [UInt16: String] = [:]
    for line in reader.metadata.formats.map(line) {
      if let id = line.id, names[id] == nil { names[id] = line.name }
    }
    var first: [UInt16: [UInt8]] = [:]
    var batch = RecordBatch()
    while try reader.read(into: &batch) {
      for header in batch.records where header.kind == .binary && first[header.eventID] == nil {
        let start = Int(header.payloadOffset)
        first[header.eventID] = Array(batch.bytes[start..<start + Int(header.payloadLength)])
      }
    }
    payload.records = first.sorted { $0.key < $1.key }
      .map { ("\(names[$0.key] ?? "event") (id \($0.key))", $0.value) }
    return payload
  }
}
