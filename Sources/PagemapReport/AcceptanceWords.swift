import PagemapRules

/// Why a finding does not count, as every format says it.
extension Acceptance {
  /// `in the baseline`, or `REASON, owner SO-AND-SO, until 2026-12-31`; one line.
  var justification: String {
    var parts = [reason ?? (kind == .baseline ? "in the baseline" : "by a suppression")]
    if let owner { parts.append("owner \(owner)") }
    if let expires { parts.append("until \(expires)") }
    return UntrustedText.escaped(parts.joined(separator: ", "))
  }
}
