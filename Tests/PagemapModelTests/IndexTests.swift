import Testing

@testable import PagemapModel

@Suite struct IndexTests {
  @Test func membersComeAndGo() {
    var index = MemberIndex()
    index.add(7, to: 1)
    index.add(3, to: 1)
    index.add(7, to: 1)
    index.add(9, to: 2)
    #expect(index[1] == [3, 7])
    var isLast = index.remove(7, from: 1)
    #expect(!isLast)
    isLast = index.remove(3, from: 1)
    #expect(isLast && !index.contains(1))
    let all = index.removeAll(of: 2)
    #expect(all == [9])
    #expect(index[2].isEmpty)
  }

  @Test func framesOfOverlappingRangesAreFound() {
    let ranges: [(UInt64, UInt64)] = [(10, 20), (15, 17), (15, 40), (30, 35), (50, 50), (0, 2)]
    var frames = DeviceFrames()
    for range in ranges { frames.add(range.0, range.1) }
    for dropped in 0...ranges.count {
      let rest = ranges.dropFirst(dropped)
      for frame in 0...60 as ClosedRange<UInt64> {
        #expect(
          frames.contains(frame) == rest.contains { $0.0 <= frame && frame <= $0.1 },
          "frame \(frame) without the first \(dropped)")
      }
      if dropped < ranges.count { frames.remove(ranges[dropped].0, ranges[dropped].1) }
    }
  }

  @Test func framesOfManyRangesAreFound() {
    var generator = FolioTableTests.SplitMix(state: 7)
    var ranges: [(first: UInt64, last: UInt64)] = []
    var frames = DeviceFrames()
    for step in 0..<3000 {
      if step % 3 == 2, let dropped = ranges.indices.randomElement(using: &generator) {
        let range = ranges.remove(at: dropped)
        frames.remove(range.first, range.last)
      } else {
        // Few first frames, so that many ranges begin at the same one.
        let first = UInt64.random(in: 0..<400, using: &generator) * 16
        let last = first + UInt64.random(in: 0..<24, using: &generator)
        ranges.append((first, last))
        frames.add(first, last)
      }
      for _ in 0..<4 {
        let frame = UInt64.random(in: 0..<6500, using: &generator)
        #expect(frames.contains(frame) == ranges.contains { $0.first <= frame && frame <= $0.last })
      }
    }
  }
}
