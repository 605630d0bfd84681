import PagemapEvents
import Testing

@testable import PagemapModel

@Suite struct TaskListTests {
  @Test func holdsEightTasksOnceEach() {
    var list = TaskList()
    for pid in [3, 3, 1, 2, 1, 4, 5, 6, 7, 8, 9, 10] as [Int32] { list.insert(pid) }
    #expect(list.all == [3, 1, 2, 4, 5, 6, 7, 8])
  }
}

/// The tasks that ran calls on a pagemap while its count rose.
@Suite struct LevelTaskTests {
  @Test func callersInBetweenAreKept() throws {
    var mirror = KernelMirror(probes: ProbeInventory())
    var event = PagemapEvent()
    func take(
      _ kind: PagemapEvent.Kind, pid: Int32, ref: UInt64? = nil
    ) {
      event.clear()
      event.kind = kind
      event.pid = pid
      event.cpu = UInt32(pid)
      event.sequence += 1
      event.timestamp += 1_000
      event[.dpagemap] = 0xff00_1000
      event[.ref] = ref
      mirror.apply(event)
    }
    take(.pagemapInit, pid: 1)
    take(.pagemapInitReturn, pid: 1, ref: 1)
    take(.shrinkerCancel, pid: 7)
    take(.pagemapPutReturn, pid: 2, ref: 2)
    take(.shrinkerCancel, pid: 8)
    take(.pagemapPutReturn, pid: 3, ref: 3)
    let levels = try #require(mirror.pagemaps[0xff00_1000]?.references.levels)
    #expect(levels.count == 3)
    #expect(levels[1].tasks.all == [1, 7, 2])
    // The call of task 7 is open still.
    #expect(levels[2].tasks.all == [2, 8, 3, 7])
  }
}
