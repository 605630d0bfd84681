import PagemapModel
import TraceWords

extension TextReporter {
  /// The reference ledger of a finding, and where the known holders are.
  static func ledger(_ ledger: ReferenceLedger, _ time: TimeFormat, _ page: inout TextPage) {
    page.labelled("ledger", Span(ledger.sentence(time)), indent: 4)
    page.labelled("", Span("sampled at \(ledger.sampledAt.sentence(time))", .faint), indent: 4)
    if !ledger.stack.isEmpty {
      page.labelled("", Span("first shown by an event \(callers(ledger.stack))", .faint), indent: 4)
    }
    for holder in ledger.holders where !holder.addresses.isEmpty {
      let addresses = holder.addresses.map(Format.address).joined(separator: " ")
      let further = holder.count &- Int64(holder.addresses.count)
      let rest = further > 0 ? " and \(further) more" : ""
      page.labelled("", Span("\(holder.kind): \(addresses)\(rest)", .faint), indent: 4)
    }
  }
}

extension ReferenceLedger {
  /// `refs: 4 = 1 VM slot + 2 zdd + 1 unattributed, which appeared between … while … ran`.
  func sentence(_ time: TimeFormat) -> String {
    var parts = holders.map { holder in
      // "zdd" and its like stay as they are; words take their plural.
      let isPlural = holder.count != 1 && holder.kind.count > 3
      return "\(holder.count) \(holder.kind)\(isPlural ? "s" : "")"
    }
    if unattributed < 0 {
      let known = parts.isEmpty ? "nothing known" : parts.joined(separator: " + ")
      let missing = unattributed.magnitude
      return "refs: \(references), although held by \(known): "
        + "\(missing) too few\(interval(time, verb: "which went missing"))"
    }
    if unattributed > 0 { parts.append("\(unattributed) unattributed") }
    let sum = parts.isEmpty ? "" : " = " + parts.joined(separator: " + ")
    let clause = unattributed > 0 ? interval(time, verb: "which appeared") : ""
    return "refs: \(references)\(sum)\(clause)"
  }

  /// `, which appeared between 19.047001 and 19.049123 s while pmtest-147 ran`.
  private func interval(_ time: TimeFormat, verb: String) -> String {
    var clause =
      switch (appearedAfter, appearedBefore) {
      case (let after?, let before?):
        ", \(verb) between \(time.stamp(after.time)) and \(time.moment(before.time))"
      case (let after?, nil): ", \(verb) after \(time.moment(after.time))"
      case (nil, let before?): ", \(verb) before \(time.moment(before.time))"
      case (nil, nil): ""
      }
    if !clause.isEmpty, !tasksThen.isEmpty {
      clause += " while " + tasksThen.map(\.label).joined(separator: ", ") + " ran"
    }
    return clause
  }
}
