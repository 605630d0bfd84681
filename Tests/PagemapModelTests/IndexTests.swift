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
}
