import Testing

@testable import TraceIngest

/// Merging hands out stamps in order, equal ones by the cursors' indices, for any number of cursors.
@Test(arguments: 0...9)
func mergeTreeGivesStampsInOrder(cursors: Int) {
  var random = Steps()
  for _ in 0..<50 {
    let streams = (0..<cursors).map { _ in
      (0..<Int(random.next() % 8)).map { _ in random.next() % 6 }.sorted()
    }
    var next = [Int](repeating: 0, count: cursors)
    var tree = MergeTree(streams.map(\.first))
    var merged: [Stamp] = []
    while let index = MergeTree.first(tree.nodes.mutableSpan) {
      merged.append(Stamp(time: streams[index][next[index]], cursor: index))
      next[index] += 1
      tree.replaceFirst(
        index, next[index] < streams[index].count ? streams[index][next[index]] : nil)
    }
    let expected = streams.enumerated().flatMap { index, stream in
      stream.map { Stamp(time: $0, cursor: index) }
    }
    .sorted()
    #expect(merged == expected)
  }
}

/// A record with the highest stamp there is comes before the end of its stream.
@Test
func mergeTreeTellsTheHighestStampFromTheEnd() {
  var tree = MergeTree([nil, .max])
  #expect(MergeTree.first(tree.nodes.mutableSpan) == 1)
  tree.replaceFirst(1, nil)
  #expect(MergeTree.first(tree.nodes.mutableSpan) == nil)
}

private struct Stamp: Comparable {
  var time: UInt64
  var cursor: Int

  static func < (one: Stamp, other: Stamp) -> Bool {
    (one.time, one.cursor) < (other.time, other.cursor)
  }
}

/// Numbers that are the same on every run.
private struct Steps {
  private var state: UInt64 = 7

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
