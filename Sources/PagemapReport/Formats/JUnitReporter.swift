import PagemapAnalysis
import PagemapRules
import TraceWords

/// JUnit XML in the dialect that GitLab, Jenkins and GitHub's actions agree on: a suite per trace, a
/// case per rule, and a case for the trace's verdict.
package enum JUnitReporter: Reporter {
  package static let name = "junit"

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    let suites = zip(report.names, report.traces).map { Suite($0, $1, report) }
    var total = Counts()
    for suite in suites { total.add(suite.counts) }
    var xml = XMLText()
    xml.start("testsuites", total.attributes)
    for suite in suites { suite.write(to: &xml) }
    xml.end()
    return xml.bytes
  }

  /// What a suite's attributes count.
  private struct Counts {
    var tests = 0
    var failures = 0
    var errors = 0
    var skipped = 0
    var nanoseconds: UInt64 = 0

    mutating func add(_ other: Counts) {
      tests += other.tests
      failures += other.failures
      errors += other.errors
      skipped += other.skipped
      nanoseconds = nanoseconds.addingReportingOverflow(other.nanoseconds).partialValue
    }

    var attributes: [(String, String)] {
      [
        ("tests", "\(tests)"), ("failures", "\(failures)"), ("errors", "\(errors)"),
        ("skipped", "\(skipped)"), ("time", Format.seconds(nanoseconds)),
      ]
    }
  }

  /// One test case, ready to be written.
  private struct Case {
    enum Answer { case passed, failure, error, skipped }
    var className: String
    var name: String
    var nanoseconds: UInt64 = 0
    var answer: Answer
    /// One line for the failure, error or skip.
    var message = ""
    /// What kind of failure it is.
    var type = ""
    /// The body of a failure or error.
    var body: [String] = []
    /// What is told beside the answer.
    var output: [String] = []

    func write(to xml: inout XMLText) {
      let attributes = [
        ("classname", className), ("name", name), ("time", Format.seconds(nanoseconds)),
      ]
      if answer == .passed, output.isEmpty { return xml.empty("testcase", attributes) }
      xml.start("testcase", attributes)
      let wording = [("message", message), ("type", type)]
      switch answer {
      case .passed: break
      case .failure: xml.element("failure", wording, lines: body)
      case .error: xml.element("error", wording, lines: body)
      case .skipped: xml.empty("skipped", [("message", message)])
      }
      if !output.isEmpty { xml.element("system-out", lines: output) }
      xml.end()
    }
  }

  /// The cases of one trace.
  private struct Suite {
    var name: String
    var cases: [Case]
    var counts = Counts()

    init(_ name: String, _ trace: TraceAnalysis, _ report: Report) {
      self.name = name
      cases = report.results(of: trace).map { JUnitReporter.testCase($0, name) }
      cases.append(JUnitReporter.verdict(trace, name))
      counts.tests = cases.count
      counts.failures = cases.count { $0.answer == .failure }
      counts.errors = cases.count { $0.answer == .error }
      counts.skipped = cases.count { $0.answer == .skipped }
      counts.nanoseconds = trace.span
    }

    func write(to xml: inout XMLText) {
      xml.start("testsuite", [("name", name)] + counts.attributes)
      for testCase in cases { testCase.write(to: &xml) }
      xml.end()
    }
  }

  private static func testCase(_ result: RuleResult, _ trace: String) -> Case {
    let slug = result.metadata?.slug ?? result.rule.description
    var test = Case(
      className: "pmtrace.\(result.rule)", name: "\(trace) \(slug)", answer: .passed)
    let failing = result.findings.filter { $0.finding.fails(at: $0.trace.failOn) }
    let others = result.findings.filter { !$0.finding.fails(at: $0.trace.failOn) }
    test.output = others.flatMap(\.lines)
    switch result.status {
    case .passed: break
    case .warned:
      test.output.insert("found, and below what fails a trace:", at: 0)
    case .accepted:
      test.output.insert("passed: every finding of this rule is accepted", at: 0)
    case .skipped:
      test.answer = .skipped
      test.message = result.reason
    case .failed:
      test.answer = .failure
      test.message = result.summary
      test.type = failing.first?.finding.category.rawValue ?? "finding"
      test.body = failing.flatMap(\.lines)
    }
    return test
  }

  private static func verdict(_ trace: TraceAnalysis, _ name: String) -> Case {
    var test = Case(
      className: "pmtrace.verdict", name: "\(name) verdict", nanoseconds: trace.span,
      answer: .passed)
    test.message = trace.verdictLine
    test.type = trace.verdict.rawValue
    switch trace.verdict {
    case .pass: test.output = [trace.verdictLine]
    case .inconclusive: test.answer = .skipped
    case .fail:
      test.answer = .failure
      test.body = [trace.verdictLine]
    case .unusable:
      test.answer = .error
      test.body = [trace.verdictLine]
    }
    if trace.verdict != .inconclusive, let missing = trace.missingEvidence {
      test.output.append(missing.text(trace.time))
    }
    return test
  }
}
