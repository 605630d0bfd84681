import Foundation
import Glibc
import TestSupport
import Testing

@testable import TraceIngest

/// The live reader on pipes that give pages as `trace_pipe_raw` does.
@Suite struct LiveReaderTests {
  /// Feeds pages of a composed trace, one look of the reader after another.
  private final class Feed {
    let trace: TraceDatBuilder
    private var left: [ArraySlice<UInt8>]
    private var pipes: [(read: Int32, write: Int32)] = []
    private var looks = 0
    /// The page whose stamps the clock has reached.
    var now: UInt64 = 0

    init(_ trace: TraceDatBuilder) {
      self.trace = trace
      let cpus = 0..<trace.description.cpuCount
      left = cpus.map { trace.pages(of: $0)[...] }
      for _ in cpus {
        var ends: [Int32] = [0, 0]
        _ = pipe(&ends)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        pipes.append((ends[0], ends[1]))
      }
    }

    deinit {
      for (read, write) in pipes {
        close(read)
        close(write)
      }
    }

    var cpus: [LiveSource.CPU] {
      pipes.enumerated().map { .init(cpu: UInt32($0.offset), descriptor: $0.element.read) }
    }

    /// Gives a page of some CPU; false where none is left.
    func step() -> Bool {
      looks += 1
      let open = left.indices.filter { !left[$0].isEmpty }
      guard !open.isEmpty else { return false }
      // The CPU whose next page is the oldest, now and then another one a while ahead.
      let index =
        looks % 5 == 0 ? open[looks / 5 % open.count] : open.min { stamp($0) < stamp($1) } ?? 0
      let page = Array(left[index].prefix(trace.subBufferSize))
      left[index] = left[index].dropFirst(trace.subBufferSize)
      _ = write(pipes[index].write, page, page.count)
      let rest = left.indices.filter { !left[$0].isEmpty }
      now = rest.map(stamp).min() ?? .max
      return true
    }

    /// The stamp of a CPU's next page.
    private func stamp(_ index: Int) -> UInt64 {
      left[index].prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << ($1.offset * 8) }
    }
  }

  private func source(_ feed: Feed, memoryLimit: Int = 1 << 20) -> LiveSource {
    var source = LiveSource(
      description: feed.trace.description, cpus: feed.cpus, reorderWindow: 0,
      memoryLimit: memoryLimit, now: { feed.now },
      pause: { _ in feed.step() ? .goOn : .ended(feed.trace.statisticsTexts) })
    source.tee = { _, _ in }
    return source
  }

  @Test(arguments: [1 << 20, 4096])
  func itGivesWhatTheFileOfTheSameRecordingGives(memoryLimit: Int) throws {
    let trace = mixedTrace()
    let expected = try ReadTrace(trace.finish())
    let reader = try LiveReader(source(Feed(trace), memoryLimit: memoryLimit))
    let read = try ReadTrace(reader)
    #expect((read.records == expected.records) as Bool)
    #expect(read.ledger.cpus == expected.ledger.cpus)
    #expect(read.ledger.damage == [])
    #expect(reader.lateRecords == 0)
    #expect(reader.metadata.endIsKnown)
    #expect(reader.metadata.recordedUntil == expected.metadata.recordedUntil)
  }

  @Test func lossIsToldAsInTheFile() throws {
    var trace = mixedTrace()
    trace.loseEvents(cpu: 0, count: 17)
    trace.addEvent(cpu: 0, timestamp: 9_000_000_000, id: 300, pid: 1)
    trace.loseAtEnd(cpu: 1, count: 5)
    let expected = try ReadTrace(trace.finish())
    let read = try ReadTrace(try LiveReader(source(Feed(trace))))
    #expect((read.records == expected.records) as Bool)
    #expect(read.ledger.cpus == expected.ledger.cpus)
    #expect(read.ledger.cpus.map(\.eventsLost).reduce(0, +) == 22)
  }

  @Test func theTeeGetsEveryPage() throws {
    let trace = mixedTrace()
    let feed = Feed(trace)
    var source = source(feed)
    var pages: [UInt32: [UInt8]] = [:]
    source.tee = { pages[$0, default: []] += $1 }
    _ = try ReadTrace(try LiveReader(source))
    for cpu in 0..<trace.description.cpuCount {
      #expect(pages[cpu] ?? [] == trace.pages(of: cpu))
    }
  }

  @Test func aRecordThatComesTooLateMakesTheTraceIncomplete() throws {
    let trace = mixedTrace()
    let feed = Feed(trace)
    var source = source(feed)
    // A clock that is ahead of what the CPUs have committed.
    source.now = { .max }
    let reader = try LiveReader(source)
    let read = try ReadTrace(reader)
    #expect(read.events.count == 600)
    #expect(reader.lateRecords > 0)
    #expect(read.ledger.damage.map(\.kind) == [.lateRecords])
    #expect(read.ledger.isIncomplete)
  }

  @Test func recordsAreHeldBackForTheReorderWindow() throws {
    var trace = TraceDatBuilder()
    trace.addFormat(system: "s", text: formatText(name: "e", id: 300))
    trace.addEvent(cpu: 0, timestamp: 1_000_000, id: 300, pid: 1)
    let feed = Feed(trace)
    var source = source(feed)
    source.reorderWindow = 5_000_000
    var now: UInt64 = 1_000_000
    source.now = { now }
    source.pause = { _ in
      _ = feed.step()
      now += 1_000_000
      return now > 20_000_000 ? .ended([]) : .goOn
    }
    let reader = try LiveReader(source)
    reader.select(.all)
    var batch = RecordBatch()
    while try reader.read(into: &batch), batch.records.isEmpty {}
    #expect(batch.records.count == 1)
    #expect(now >= 6_000_000 && now <= 7_000_000)
  }
}
