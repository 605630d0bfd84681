import Foundation
import TraceIngest

/// Keeps the records of some types and everything that names something.
struct IDKeeper: RecordKeeper {
  let selection: EventSelection
  /// Names of text events that are kept.
  var names: Set<String> = []
  private(set) var noted: Set<UInt16> = []

  init(_ ids: [UInt16], names: Set<String> = []) {
    selection = EventSelection(ids: ids)
    self.names = names
  }

  func keeps(_ header: RecordHeader, _ bytes: RawSpan) -> Bool { true }
  mutating func note(_ header: RecordHeader, _ bytes: RawSpan) { noted.insert(header.eventID) }
  func keepsFormat(_ format: EventFormatText) -> Bool { true }
  func keepsLines(of name: String) -> Bool { names.contains(name) }
  var tasks: [Int32] { [7] }
  var needsSymbols: Bool { true }
  func symbols(of text: [UInt8]) -> [UInt8] { text }
}

/// A trace that was trimmed.
struct TrimmedTrace {
  let path: String
  let summary: TrimSummary
  private let folder: TemporaryFolder

  /// Trims these bytes down to the records of some types.
  init(
    _ bytes: [UInt8], keeping ids: [UInt16], names: Set<String> = [], salvaging: Bool = false
  ) throws {
    let file = try TemporaryFile(bytes)
    try self.init(path: file.path, keeping: ids, names: names, salvaging: salvaging)
  }

  init(
    path input: String, keeping ids: [UInt16], names: Set<String> = [], salvaging: Bool = false
  ) throws {
    folder = try TemporaryFolder()
    path = folder.path + "/small"
    summary = try Trimmer.trim(path: input, to: path, salvaging: salvaging) { _ in
      IDKeeper(ids, names: names)
    }
  }

  var bytes: [UInt8] {
    get throws { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
  }
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/pmtrace-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

extension TraceLedger {
  /// The ledger without what counts records that were read, which a smaller recording has fewer of.
  var withoutCounts: [CPULedger] {
    cpus.map { cpu in
      var cpu = cpu
      cpu.eventsRead = 0
      cpu.statistics?.readEvents = 0
      cpu.statistics?.entries = 0
      return cpu
    }
  }
}
