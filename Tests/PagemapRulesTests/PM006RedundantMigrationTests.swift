import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM006: redundant or overlapping migration. It is information: what it tells is
/// legal and fails no trace, whatever `--fail-on` says above info. So no trace breaks it; what it
/// tells, and that lost events take its certainty, is tested below.
@Suite struct PM006RedundantMigrationTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(6)
  static let firesOn: [String] = ["d_double_migrate", "evict_race", "p2p_nolink"]
  static let silentOn: [String] = ["unbind", "cache_revive"]

  static let breaking: [BreakingTrace] = []

  static let lookAlikes: [LookAlike] = [
    LookAlike("the pages are there already: the migration was not necessary") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let resident = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      for _ in 0..<3 {
        let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.endMigration(allocation)
        }
      }
      kernel.exitMmap(vm.mm) { $0.freeFolios(resident) }
      kernel.vmClose(vm)
    }
  ]

  // MARK: What it tells

  private func expectInformation(
    _ kernel: PagemapScenario, _ title: String, count: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var options = AnalysisOptions()
    options.failOn = .warning
    let analysis = try analyze(kernel.finish(), options: options)
    #expect(analysis.exitCode == 0, sourceLocation: sourceLocation)
    let found = analysis.findings.filter { $0.rule == RuleID(6) }
    #expect(found.count == count, "\(analysis.lines)", sourceLocation: sourceLocation)
    #expect(analysis.findings.count == count, sourceLocation: sourceLocation)
    for finding in found {
      #expect(finding.severity == .info, sourceLocation: sourceLocation)
      #expect(finding.isCertain, sourceLocation: sourceLocation)
      #expect(finding.category == .doubleMigration, sourceLocation: sourceLocation)
      #expect(finding.object.kind == .range, sourceLocation: sourceLocation)
      #expect(finding.object.address == 0x7f00_0000_0000, sourceLocation: sourceLocation)
      #expect(finding.title.plain.contains(title), sourceLocation: sourceLocation)
    }
    #expect(analysis.outcome(of: 6) == .passed, sourceLocation: sourceLocation)
  }

  @Test func aMigrationOfPagesThatAreThereIsRedundant() throws {
    var kernel = PagemapScenario()
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    let resident = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
    for _ in 0..<2 {
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.endMigration(allocation)
      }
    }
    kernel.freeFolios(resident)
    kernel.vmClose(vm)
    kernel.wait(milliseconds: 150)
    kernel.heartbeat()
    try expectInformation(kernel, "2 redundant migrations", count: 1)
  }

  @Test func twoTasksThatMigrateTheSamePagesOverlap() throws {
    var kernel = PagemapScenario()
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    let mine = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    let yours = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    kernel.populate(mine) { kernel in
      kernel.initDevmem(mine)
      kernel.beginMigration(mine)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.populate(yours, result: -16) { kernel in
          kernel.initDevmem(yours)
          kernel.beginMigration(yours)
          kernel.endMigration(yours, result: -16)
        }
      }
      kernel.initFolios(mine)
      kernel.endMigration(mine)
    }
    kernel.freeFolios(mine)
    kernel.vmClose(vm)
    kernel.wait(milliseconds: 150)
    kernel.heartbeat()
    try expectInformation(kernel, "2 overlapping migrations", count: 1)
  }

  @Test func migrationsOfNeighboursDoNotOverlap() throws {
    var kernel = PagemapScenario()
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    let mine = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    var yours: PagemapScenario.Allocation?
    kernel.populate(mine) { kernel in
      kernel.initDevmem(mine)
      kernel.beginMigration(mine)
      kernel.on(cpu: 1, pid: 101) { yours = $0.migrateToDevmem(vm, at: mine.end) }
      kernel.initFolios(mine)
      kernel.endMigration(mine)
    }
    kernel.freeFolios(mine)
    if let yours { kernel.freeFolios(yours) }
    kernel.vmClose(vm)
    kernel.wait(milliseconds: 150)
    kernel.heartbeat()
    try expectInformation(kernel, "", count: 0)
  }

  @Test func lostEventsTakeTheCertaintyAway() throws {
    var kernel = PagemapScenario()
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    let resident = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
    let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    kernel.populate(allocation) { kernel in
      kernel.initDevmem(allocation)
      kernel.beginMigration(allocation)
      kernel.loseEvents(count: 3)
      kernel.endMigration(allocation)
    }
    kernel.freeFolios(resident)
    kernel.vmClose(vm)
    kernel.goOn()
    let analysis = try analyze(kernel.finish())
    #expect(analysis.findings.allSatisfy { !$0.isCertain }, "\(analysis.lines)")
    #expect(analysis.verdict == .inconclusive)
  }
}
