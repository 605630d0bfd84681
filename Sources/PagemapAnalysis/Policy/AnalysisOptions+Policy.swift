import PagemapRules

extension AnalysisOptions {
  /// The finding with the severity that the user gives its rule. One that is not certain never
  /// becomes worse by that.
  func judged(_ finding: Finding) -> Finding {
    guard let severity = severities[finding.rule], finding.severity > .info else { return finding }
    var finding = finding
    finding.severity = finding.isCertain ? severity : min(severity, finding.severity)
    return finding
  }

  /// The finding, marked where it is known or accepted.
  func marked(_ finding: Finding) -> Finding {
    var finding = finding
    // While a trace goes on it is not known yet which of equal findings one is.
    if let baseline, finding.fingerprint != nil {
      let isKnown = baseline.contains(finding.fingerprint)
      finding.isInBaseline = isKnown
      if isKnown { finding.acceptance = Acceptance(kind: .baseline) }
    }
    if let suppression = suppressions.first(where: { $0.matches(finding) }) {
      finding.acceptance = suppression.acceptance
    }
    return finding
  }
}
