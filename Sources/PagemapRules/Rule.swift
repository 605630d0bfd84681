import PagemapModel

/// One rule of the kernel: told what happens, it reports what breaks it.
///
/// A rule is a value with what little it must remember; it is made anew for every trace. What it
/// needs to know of the objects it asks the context's `world`.
protocol Rule: Sendable {
  /// What is to be known of the rule without running it.
  static var metadata: RuleMetadata { get }

  init()

  /// Takes in what the last event showed.
  mutating func observe(_ observation: Observation, _ context: RuleContext)

  /// Judges what can be judged only when the recording has ended.
  mutating func finish(_ context: RuleContext)
}

extension Rule {
  func observe(_ observation: Observation, _ context: RuleContext) {}
  func finish(_ context: RuleContext) {}
}
