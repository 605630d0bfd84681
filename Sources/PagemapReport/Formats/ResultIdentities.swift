import PagemapRules

/// Identities of results that are unique in a run and the same in the next one: a finding's
/// fingerprint and the location of its trace. Where a file is given twice its second reading has
/// identities of its own, and the first keeps those that it would have alone.
struct ResultIdentities {
  private let places: [[String]]

  init(_ report: Report) {
    var seen: [String: Int] = [:]
    places = report.traces.map { trace in
      let location = report.location(of: trace)
      let repetition = seen[location, default: 0]
      seen[location] = repetition + 1
      return repetition == 0 ? [location] : [location, String(repetition)]
    }
  }

  /// The identity of something in a trace that `parts` tell from all else in it.
  func of(_ parts: [String], trace index: Int) -> Fingerprint {
    Fingerprint(of: parts + (places.indices.contains(index) ? places[index] : []))
  }
}

extension Finding {
  /// What tells it from the other findings of its trace; `place` counts only where it has no
  /// fingerprint.
  func identityParts(place: Int) -> [String] {
    [fingerprint?.description ?? "\(rule) \(place)"]
  }
}
