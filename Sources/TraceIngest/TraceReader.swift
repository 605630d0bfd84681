/// Reads one trace from its first record to its last in bounded memory.
///
/// The same protocol serves trace.dat files and ftrace text. A reader is used once: open it, look at
/// the metadata, say what is wanted, then read until `read(into:)` answers false.
package protocol TraceReader: AnyObject {
  /// What the file says of itself: formats, clock, buffers, host.
  var metadata: TraceMetadata { get }
  /// The names of tasks as far as they are known by now.
  var taskNames: TaskNames { get }
  /// What was read and what is missing so far; complete once `read(into:)` answered false.
  var ledger: TraceLedger { get }

  /// Says which records the batches shall hold. Call it before the first `read(into:)`.
  func select(_ selection: EventSelection)

  /// Replaces the contents of `batch` by the next records (some thousands at most).
  ///
  /// - Returns: false when nothing is left; the batch is then empty.
  /// - Throws: `IngestError` where the input fails in a way that cannot be salvaged (the disk
  ///   reports an error). Damage inside the trace is not an error: it goes to the ledger.
  func read(into batch: inout RecordBatch) throws(IngestError) -> Bool

  /// Reads the traced kernel's symbols, the text of `/proc/kallsyms`, out of the file; at most 32
  /// MiB. It takes milliseconds: ask for it only where names are wanted.
  ///
  /// - Returns: nothing where the file has none, or none that can be read.
  func readSymbols() -> [UInt8]
}

extension TraceReader {
  package func readSymbols() -> [UInt8] { [] }
}

/// The names of tasks by their ids, as the trace tells them.
package struct TaskNames: Sendable {
  private var names: [Int32: String] = [:]

  package init() {}

  /// The name of the task `pid` (`comm`); nil where the trace does not tell it.
  package subscript(pid: Int32) -> String? {
    get { pid == 0 ? "<idle>" : names[pid] }
    set { names[pid] = newValue }
  }

  /// Adds the tasks of a text of `saved_cmdlines`: lines of a task's id, a space and its name.
  package mutating func add(savedCommandLines text: [UInt8]) {
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let space = line.firstIndex(of: UInt8(ascii: " ")),
        let pid = Int32(String(decoding: line[..<space], as: UTF8.self))
      else { continue }
      let name = line[(space + 1)...].prefix { $0 != 0 }
      if !name.isEmpty { names[pid] = String(decoding: name, as: UTF8.self) }
    }
  }

  /// The tasks with a name, by their ids.
  package var sorted: [(pid: Int32, name: String)] {
    names.sorted { $0.key < $1.key }.map { (pid: $0.key, name: $0.value) }
  }

  /// How many tasks have a name.
  package var count: Int { names.count }
}
