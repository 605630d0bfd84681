/// Rules that are known to be wrong about some legal sequences, by number, and when. The aim is none.
package enum KnownAlarms {
  package static let rules: [Int: String] = [
    11: "a CPU fault that returned may still hold its page when an eviction begins and ends"
  ]
}
