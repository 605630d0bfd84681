import PagemapModel
import Testing
import TraceIngest
import TraceWords

@testable import PagemapAnalysis
@testable import PagemapRules

@Suite struct FingerprintTests {
  private func finding(
    rule: Int = 1, address: UInt64 = 1, time: UInt64 = 10, device: String? = "gpu.0",
    kind: ObjectReference.Kind = .pagemap, task: String? = "test", pid: Int32 = 7,
    event: String = "drm_pagemap_put returns", evidenceTime: UInt64? = nil
  ) -> Finding {
    let moment = Moment(time: time, cpu: 1, pid: pid, task: task)
    var seen = moment
    seen.time = evidenceTime ?? time
    return Finding(
      rule: RuleID(rule), category: .lifecycle, severity: .error, isCertain: true,
      title: "title \(address)",
      object: ObjectReference(
        kind: kind, address: address, epoch: 3, device: device), firstSeen: moment,
      explanation: [],
      evidence: [
        Evidence(
          moment: Moment(time: 1, cpu: 0, pid: 1), event: "drm_pagemap_init", detail: "",
          sequence: 0),
        Evidence(moment: seen, event: event, detail: "x", sequence: 1),
      ], advice: "")
  }

  private func prints(_ findings: [Finding]) -> [Fingerprint?] {
    var findings = findings
    findings.fingerprint()
    return findings.map(\.fingerprint)
  }

  @Test func addressesTimesAndProcessesAreNotInIt() {
    let one = prints([finding()])
    #expect(one == prints([finding(address: 99, time: 12345, pid: 4711)]))
    #expect(one == prints([finding(event: "drm_pagemap_put")]))
  }

  @Test func eachPartIsInIt() {
    let parts = [
      finding(), finding(rule: 2), finding(device: "gpu.1"), finding(device: nil),
      finding(kind: .zdd), finding(task: "other"), finding(task: nil),
      finding(event: "drm_pagemap_release"),
    ]
    #expect(Set(parts.map { prints([$0])[0] }).count == parts.count)
  }

  @Test func equalOnesAreNumberedByTime() {
    let early = finding(address: 5, time: 10)
    let late = finding(address: 4, time: 20)
    let one = prints([early, late])
    let other = prints([late, early])
    #expect(one[0] != one[1])
    #expect(one == other.reversed())
    #expect(one[0] == prints([early])[0])
  }

  @Test func whoseEventIsUnknownHasTheFirst() {
    #expect(finding(evidenceTime: 11).function == "drm_pagemap_init")
    var bare = finding()
    bare.evidence = []
    #expect(bare.function == "")
  }

  @Test(arguments: [
    ("kworker/u16:3", "kworker"), ("kworker/3:1-events", "kworker"), ("ksoftirqd/0", "ksoftirqd"),
    ("svm/1", "svm/1"), ("kswapd0", "kswapd"), ("", ""),
  ])
  func kernelThreadsAreOneFamily(_ task: String, _ family: String) {
    #expect(Finding.family(of: task) == family)
  }

  @Test(arguments: [
    "", "x", "0123456789abcde", "0123456789abcdef0", "+123456789abcdef", "0x23456789abcdef",
  ])
  func whatIsNoneIsRefused(_ text: String) { #expect(Fingerprint(text) == nil) }

  @Test func textAndValueAreTheSame() throws {
    for number in 0..<100 {
      let print = Fingerprint(of: ["\(number)"])
      #expect(print.description.utf8.count == 16)
      #expect(Fingerprint(print.description) == print)
    }
    #expect(Fingerprint(of: ["a", "b"]) != Fingerprint(of: ["ab"]))
    #expect(Fingerprint(of: ["ab", ""]) != Fingerprint(of: ["a", "b"]))
  }
}

@Suite struct AcceptanceTests {
  private func finding(_ certain: Bool = true, _ severity: Severity = .error) -> Finding {
    var finding = Finding(
      rule: RuleID(1), category: .lifecycle, severity: severity, isCertain: certain, title: "",
      object: ObjectReference(kind: .pagemap, address: 1, epoch: 1, device: "gpu.0"),
      firstSeen: Moment(time: 1, cpu: 0, pid: 1, task: "svm-test"), explanation: [], evidence: [],
      advice: "")
    finding.fingerprint = Fingerprint(of: ["x"])
    return finding
  }

  private func suppression(_ change: (inout Suppression) -> Void) -> Suppression {
    var suppression = Suppression(acceptance: Acceptance(kind: .suppression, reason: "r"))
    change(&suppression)
    return suppression
  }

  @Test func allCriteriaMustMatch() {
    let matching: [(inout Suppression) -> Void] = [
      { $0.rule = RuleID(1) }, { $0.device = "gpu.*" }, { $0.task = "*-test" },
      { $0.object = .pagemap }, { $0.fingerprint = Fingerprint(of: ["x"]) },
      { $0.device = "gpu.?" },
    ]
    let others: [(inout Suppression) -> Void] = [
      { $0.rule = RuleID(2) }, { $0.device = "gpu" }, { $0.task = "test" }, { $0.object = .zdd },
      { $0.fingerprint = Fingerprint(of: ["y"]) }, { $0.function = "drm_pagemap_put" },
    ]
    for one in matching {
      #expect(suppression(one).matches(finding()))
      for other in others {
        var both = suppression(one)
        other(&both)
        #expect(!both.matches(finding()))
      }
    }
  }

  @Test func severityIsPolicyAndCertaintyStays() {
    var options = AnalysisOptions()
    options.severities = [RuleID(1): .warning]
    #expect(options.judged(finding()).severity == .warning)
    options.severities = [RuleID(1): .error]
    #expect(options.judged(finding(true, .warning)).severity == .error)
    #expect(options.judged(finding(false, .warning)).severity == .warning)
    #expect(options.judged(finding(false, .info)).severity == .info)
    #expect(!options.judged(finding(false, .warning)).isCertain)
  }

  @Test func theBaselineMarksAndSuppressionsExplain() {
    var options = AnalysisOptions()
    #expect(options.marked(finding()).acceptance == nil)
    #expect(options.marked(finding()).isInBaseline == nil)
    options.baseline = Baseline()
    #expect(options.marked(finding()).isInBaseline == false)
    options.baseline = Baseline([finding()].compactMap { Baseline.Entry($0, TimeFormat()) })
    #expect(options.marked(finding()).acceptance?.kind == .baseline)
    options.suppressions = [suppression { $0.task = "svm*" }]
    #expect(options.marked(finding()).acceptance?.reason == "r")
    #expect(options.marked(finding()).isInBaseline == true)
  }

  @Test func onlyDecidedRulesAreFixed() {
    let baseline = Baseline([finding()].compactMap { Baseline.Entry($0, TimeFormat()) })
    func comparison(_ outcome: RuleOutcome.Outcome?, _ found: [Finding] = []) -> BaselineComparison
    {
      let rules = outcome.map { [RuleOutcome(rule: RuleID(1), outcome: $0, reason: "")] }
      return BaselineComparison(
        baseline,
        [
          TraceAnalysis(
            path: "t", verdict: .pass, reason: "", exitCode: 0, findings: found, rules: rules ?? [])
        ])
    }
    #expect(comparison(.passed).fixed.count == 1)
    #expect(comparison(.inconclusive).undecided.count == 1)
    #expect(comparison(.notEvaluable).undecided.count == 1)
    #expect(comparison(nil).undecided.count == 1)
    #expect(comparison(.violated, [finding()]).known.count == 1)
    #expect(comparison(.violated, [finding()]).new == 0)
    #expect(BaselineComparison(baseline, []).undecided.count == 1)
  }
}
