import PagemapModel
import PagemapRules

extension [Finding] {
  /// Gives every finding its fingerprint. Equal ones are numbered by time.
  mutating func fingerprint() {
    var seen: [[String]: Int] = [:]
    let order = indices.sorted {
      let (one, other) = (self[$0], self[$1])
      if one.firstSeen.time != other.firstSeen.time {
        return one.firstSeen.time < other.firstSeen.time
      }
      return one.object.address < other.object.address
    }
    for place in order {
      let identity = self[place].identity
      let ordinal = seen[identity, default: 0]
      seen[identity] = ordinal + 1
      self[place].fingerprint = Fingerprint(of: identity + [String(ordinal)])
    }
  }
}
