/// Something that the trace may teach: a value, what bears it out, and what speaks against it.
package struct Fact<Value: Equatable & Sendable>: Sendable {
  /// What was learned first; nil while nothing was.
  package private(set) var value: Value?
  /// Since when it is known, by the trace's clock.
  package private(set) var since: UInt64 = 0
  /// How many events have told the same.
  package private(set) var witnesses = 0
  /// How many events have told something else.
  package private(set) var contradictions = 0

  package init() {}

  /// A fact that is known before the first event.
  package init(known value: Value) { self.value = value }

  /// Takes in what an event at `time` tells. The first word stands; what differs from it is counted.
  package mutating func learn(_ told: Value, at time: UInt64) {
    guard let value else {
      (value, since, witnesses) = (told, time, 1)
      return
    }
    if value == told { witnesses += 1 } else { contradictions += 1 }
  }
}
