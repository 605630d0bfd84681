/// Why a finding that is there does not count: it is known, or somebody has accepted it.
package struct Acceptance: Hashable, Sendable {
  /// Who says so.
  package enum Kind: String, CaseIterable, Sendable {
    /// The baseline holds it.
    case baseline
    /// A suppression of the configuration does.
    case suppression
  }

  /// Who says so.
  package var kind: Kind
  /// Why; nil where nobody gave a reason, as in a baseline.
  package var reason: String?
  /// Who answers for it.
  package var owner: String?
  /// The last day on which it holds, as `2026-12-31`.
  package var expires: String?

  package init(
    kind: Kind, reason: String? = nil, owner: String? = nil, expires: String? = nil
  ) {
    self.kind = kind
    self.reason = reason
    self.owner = owner
    self.expires = expires
  }
}
