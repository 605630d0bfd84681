internal import TestSupport

/// Chance with a fixed seed.
package struct ScenarioRandom: Sendable {
  private var generator: ScenarioGenerator

  package init(seed: UInt64) { generator = ScenarioGenerator(seed: seed) }

  /// A number from 0 to `bound` - 1.
  package mutating func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(max(bound, 1))) }
  /// True once in `bound` times.
  package mutating func oneIn(_ bound: Int) -> Bool { below(bound) == 0 }
  /// An element; nil of nothing.
  package mutating func pick<Element>(_ elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[below(elements.count)]
  }
  /// Another source of chance, which this one decides.
  package mutating func fork() -> ScenarioRandom { ScenarioRandom(seed: generator.next()) }
}
