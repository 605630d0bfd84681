import PagemapModel
import PagemapRules
import TraceDecode
import TraceIngest
import TraceWords

/// Names the functions in stacks. The trace's symbols are read when the first stack asks for them.
final class StackNames {
  private let reader: any TraceReader
  private let stacks: StackStore
  private lazy var symbols = Symbols(kallsyms: reader.readSymbols())

  init(_ reader: any TraceReader, _ stacks: StackStore) {
    self.reader = reader
    self.stacks = stacks
  }

  /// The stack of an event, innermost first: functions, or addresses where no symbol is known;
  /// empty where none was recorded.
  func stack(of sequence: UInt64) -> [String] {
    guard let frames = stacks.frames(of: sequence) else { return [] }
    return frames.map { symbols.name(of: $0) ?? Format.address($0) }
  }
}

extension Finding {
  /// The finding with the names of tasks and the stacks of its events filled in.
  func named(_ name: (Int32) -> String?, _ stacks: StackNames) -> Finding {
    var finding = self
    finding.firstSeen.task = name(firstSeen.pid)
    finding.evidence = evidence.map { event in
      var event = event.named(name)
      event.stack = stacks.stack(of: event.sequence)
      return event
    }
    finding.ledger = ledger?.named(name)
    if let shownBy = ledger?.shownBy { finding.ledger?.stack = stacks.stack(of: shownBy) }
    return finding
  }
}
