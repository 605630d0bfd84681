import PagemapEvents
import PagemapRules
import TraceIngest

extension Report {
  /// The events that some rule needs and that no probe of the trace records, by name. Of events
  /// that may stand for each other none is absent when one is there.
  func absentEvents(in probes: ProbeInventory) -> [String] {
    var labels: Set<String> = []
    for rule in rules {
      for alternatives in rule.needs where !probes.holds(anyOf: alternatives) {
        labels.formUnion(alternatives.map(\.label))
      }
    }
    return labels.sorted()
  }
}

extension TraceMetadata {
  /// The name of the buffer with this index; empty for the top one.
  func bufferName(_ index: UInt16) -> String {
    let index = Int(index)
    return buffers.indices.contains(index) ? buffers[index].name : index == 0 ? "" : "#\(index)"
  }
}
