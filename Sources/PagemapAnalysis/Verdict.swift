/// What a trace proves.
package enum Verdict: String, Sendable {
  /// The rules that could be decided hold.
  case pass
  /// A certain finding at or above the severity that fails.
  case fail
  /// Evidence may be missing, and what is there shows no certain violation.
  case inconclusive
  /// The input could not be read as a trace.
  case unusable
}
