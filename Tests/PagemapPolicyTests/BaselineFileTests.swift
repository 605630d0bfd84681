import PagemapAnalysis
import PagemapModel
import PagemapPolicy
import PagemapReport
import PagemapRules
import Testing

@Suite struct BaselineFileTests {
  private func entry(_ number: UInt64, task: String? = "a\"\u{1b}\u{fffd}<b>") -> Baseline.Entry {
    Baseline.Entry(
      fingerprint: Fingerprint(of: ["\(number)"]), rule: RuleID(1), title: "leak \(number)",
      device: number == 1 ? nil : "0000:03:00.0", object: "pagemap", task: task,
      function: "drm_pagemap_put")
  }

  @Test func whatWasWrittenIsRead() throws {
    let baseline = Baseline([entry(3), entry(1, task: nil), entry(2), entry(1)])
    #expect(baseline.entries.count == 3)
    let bytes = JSONBaseline.render(baseline)
    #expect(try BaselineFile.read(bytes, name: "b.json") == baseline)
  }

  @Test func theOrderOfFindingsDoesNotMatter() {
    let one = JSONBaseline.render(Baseline([entry(1), entry(2)]))
    #expect(one == JSONBaseline.render(Baseline([entry(2), entry(1)])))
  }

  @Test(arguments: [
    ("", "not a JSON document"), ("{", "not a JSON document"),
    ("[]", "the top: a value of another type"),
    ("{\"findings\": []}", "there is no member 'schema'"),
    ("{\"schema\": \"pmtrace.baseline/2\", \"findings\": []}", "this pmtrace reads"),
    ("{\"schema\": \"pmtrace.baseline/1\", \"findings\": [3]}", "findings[0]"),
    (
      "{\"schema\": \"pmtrace.baseline/1\", \"findings\": [{\"fingerprint\": \"x\", \"rule\": \"PM001\","
        + " \"title\": \"\", \"object\": \"\", \"function\": \"\"}]}", "no valid fingerprint"
    ),
  ])
  func whatIsNoneIsRefused(_ text: String, _ words: String) {
    do throws(BaselineFile.Failure) {
      _ = try BaselineFile.read(Array(text.utf8), name: "b.json")
      Issue.record("read")
    } catch {
      #expect(error.description.hasPrefix("b.json: "))
      #expect(error.description.contains(words))
      #expect(error.description.contains("pmtrace baseline write"))
    }
  }

  @Test func damageNeverCrashes() {
    let bytes = JSONBaseline.render(Baseline([entry(1), entry(2)]))
    for length in bytes.indices {
      _ = try? BaselineFile.read(Array(bytes.prefix(length)), name: "b")
    }
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    #expect(throws: BaselineFile.Failure.self) { try BaselineFile.read(deep, name: "b") }
  }
}
