import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// What proves a rule. Each rule has one suite of this kind, in a file that is named like the rule's
/// own, and nothing else needs to know of it:
///
///     /// PM025: cache's slot lost a pagemap in use.
///     @Suite struct PM025CacheLostPagemapTests: RuleCases {
///       @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }
///
///       static let rule = RuleID(25)
///       static let firesOn: [String] = []
///       static let silentOn: [String] = ["shrink"]
///       static let breaking: [BreakingTrace] = […]
///       static let lookAlikes: [LookAlike] = […]
///     }
///
/// `swift test --filter PM025` then runs all that there is about the rule.
protocol RuleCases: LegalCases {
  /// The rule.
  static var rule: RuleID { get }
  /// Composed traces that break it, each with a place for a gap.
  static var breaking: [BreakingTrace] { get }
  /// Recordings of `fixtures/recordings` on which it fires; all of them, unless it only informs.
  static var firesOn: [String] { get }
  /// Legal recordings that come close to breaking it.
  static var silentOn: [String] { get }
}

/// Legal stories: no rule may report anything above info in them.
protocol LegalCases: SendableMetatype {
  /// Composed traces that look like a violation and are legal.
  static var lookAlikes: [LookAlike] { get }
  /// Events that, missing without a mark, make these stories look like a violation: nothing else in
  /// the trace tells of them.
  static var untold: Set<String> { get }
}

extension LegalCases {
  static var untold: Set<String> { [] }

  /// That the stories are legal, whatever is missing.
  static var proofs: [Proof] { lookAlikes.flatMap(\.proofs) }
}

/// One thing that is to be shown, as an argument of a test.
struct Proof: Sendable, CustomTestStringConvertible {
  /// What is shown, and of what.
  var testDescription: String
  /// Shows it.
  var check: @Sendable () throws -> Void

  init(_ description: String, _ check: @escaping @Sendable () throws -> Void) {
    testDescription = description
    self.check = check
  }
}

extension RuleCases {
  /// That the rule fires where it is broken, is silent about what is legal and about what is missing,
  /// and says so.
  static var proofs: [Proof] {
    let (rule, untold) = (rule, untold)
    var proofs = breaking.flatMap { $0.proofs(of: rule) } + lookAlikes.flatMap(\.proofs)
    if LookAlike.withstandingDrops.contains(rule) {
      proofs += lookAlikes.map { lookAlike in
        Proof("legal without any one event: \(lookAlike.name)") {
          try lookAlike.checkSingleDrops(untold: untold)
        }
      }
    }
    proofs += firesOn.map { name in
      Proof("fires on the recording \(name)") { try checkFiring(of: rule, on: name) }
    }
    proofs += silentOn.map { name in
      Proof("silent on the recording \(name)") { try checkSilence(of: rule, on: name) }
    }
    proofs.append(Proof("not evaluable without its probes") { try checkNeeds(of: rule) })
    proofs.append(Proof("breaking traces and look-alikes are there") { try checkCases() })
    return proofs
  }

  /// A rule that only informs finds no violation.
  private static func checkCases() throws {
    let severity = try #require(RuleRegistry.metadata(of: rule)).severity
    #expect(!breaking.isEmpty || severity == .info, "no trace breaks \(rule)")
    #expect(!lookAlikes.isEmpty, "no legal trace looks like \(rule)")
  }

  private static func checkNeeds(of rule: RuleID) throws {
    let metadata = try #require(RuleRegistry.metadata(of: rule))
    for need in metadata.needs {
      var kernel = PagemapScenario()
      kernel.absentProbes = Set(need.map(recordedName))
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 200)
      kernel.heartbeat()
      let analysis = try analyze(kernel.finish())
      #expect(analysis.outcome(of: rule.number) == .notEvaluable, "without \(need)")
      #expect(analysis.exitCode == 0, "without \(need): \(analysis.lines)")
    }
  }

  private static func recordedName(_ kind: PagemapEvent.Kind) -> String {
    "\(kind.origin.function)" + (kind.origin.phase == .return ? "_ret" : "")
  }

  private static func checkFiring(of rule: RuleID, on name: String) throws {
    let analysis = try RecordedAnalyses.analysis(of: name)
    let severity = try #require(RuleRegistry.metadata(of: rule)).severity
    let found = analysis.findings.filter { $0.rule == rule }
    #expect(found.contains { $0.severity > .info || severity == .info }, "\(analysis.lines)")
  }

  private static func checkSilence(of rule: RuleID, on name: String) throws {
    let analysis = try RecordedAnalyses.analysis(of: name)
    #expect(try RecordedTruth(of: name).expect.isEmpty, "\(name) is not legal")
    #expect(analysis.outcome(of: rule.number) == .passed)
    #expect(analysis.violations.isEmpty, "\(analysis.lines)")
  }
}
