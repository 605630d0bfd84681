package import TraceWords

/// The fields of an event as evidence shows them: the kernel's names, in the order of its table,
/// absent fields left out. For example `dpagemap=0xff36… ref=3 dev=pmfake.0`.
package func describe(_ event: PagemapEvent, names: Names) -> Sentence {
  var shown: UInt64 = 0
  var words: [Sentence] = []
  func show(_ field: PagemapEvent.Field) {
    let bit: UInt64 = 1 << UInt64(field.rawValue)
    guard shown & bit == 0, let value = event[field] else { return }
    shown |= bit
    words.append("\(field.label)=\(Sentence(value, of: field) { names[$0] })")
  }
  for row in EventTables.rows where row.kind == event.kind {
    for field in row.fields {
      switch field.meaning {
      case .array(let role):
        if let text = text(of: event.arrays, role) { words.append("\(field.names[0])=\(text)") }
      case .returned(let object):
        event[object] == nil ? show(.result) : show(object)
      case .taggedZdd:
        show(.zdd)
        if event[.isMigrated] == 1 { show(.isMigrated) }
      default: show(field.field)
      }
    }
  }
  return words.joined(separator: " ")
}

/// The first entries of an array; nil where none was recorded.
private func text(of arrays: PageArrays, _ role: PageArrays.Role) -> Sentence? {
  let entries = (0..<min(arrays.count(role), 4)).compactMap { arrays.entry(role, $0) }
  guard !entries.isEmpty else { return nil }
  let more = arrays.count(role) > entries.count ? ",…" : ""
  return "{\(entries.map { "\(address: $0)" }.joined(separator: ","))\(more)}"
}
