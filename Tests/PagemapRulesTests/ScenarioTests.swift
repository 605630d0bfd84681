import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// The builder's own events: a whole life of a pagemap is read as it was told.
@Suite struct ScenarioTests {
  @Test(arguments: TraceDatBuilder.Container.allCases)
  func aWholeLifePasses(container: TraceDatBuilder.Container) throws {
    var kernel = PagemapScenario()
    let gpu = kernel.bind("0000:03:00.0")
    let vm = kernel.vmCreate(gpu)
    let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 4)
    let two = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000, pages: 16, order: 2)
    let three = kernel.migrateToDevmem(vm, at: 0x7f00_0010_0000, pages: 2)
    kernel.fault(one)
    kernel.evict(two)
    kernel.freeFolios(three)
    kernel.vmClose(vm)
    let cached = kernel.shrink(gpu)
    #expect(cached == vm.pagemap)
    kernel.on(cpu: 1, pid: 7) { $0.destroyWork(vm.pagemap) }
    kernel.exitMmap(vm.mm)
    kernel.wait(milliseconds: 200)
    kernel.heartbeat()

    let analysis = try analyze(kernel.finish(as: container))
    #expect(analysis.lines == [])
    #expect(analysis.exitCode == 0)
    let summary = try #require(analysis.summary)
    #expect(summary.devices.map(\.name) == ["0000:03:00.0"])
    #expect(summary.pagemaps.created == 1)
    #expect(summary.pagemaps.shrunk == 1)
    #expect(summary.pagemaps.aliveAtEnd == 0)
    #expect(summary.evictions.count == 1)
    #expect(summary.cpuFaults.count == 1)
    #expect(summary.migrations.first?.pages == 22)
    // Some rules need probes that are loaded only where their events are told.
    for rule in analysis.rules where rule.outcome != .notEvaluable {
      #expect(rule.outcome == .passed, "\(rule)")
    }
    #expect(analysis.rules.prefix(12).allSatisfy { $0.outcome == .passed })
  }
}
