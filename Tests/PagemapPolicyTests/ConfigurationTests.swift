import PagemapAnalysis
import PagemapModel
import PagemapPolicy
import PagemapRules
import Testing

@Suite struct ConfigurationTests {
  static func read(_ text: String) throws(ConfigurationError) -> Configuration {
    try ConfigurationReader.read(Array(text.utf8), file: "c.yml")
  }

  static let whole = """
    version: 1
    fail-on: warning
    allow-incomplete: yes
    require: [PM001, leak-page, lifetimes]
    baseline: ci/known.json
    rules:
      PM006: off
      migration-ping-pong: error
      pm12: on
    thresholds:
      quiet-time: 250ms
      thrash-trips: 4
    suppressions:
      - rule: leaked-pagemap-reference
        device: "pmfake.*"
        task: "svm-?"
        object: pagemap
        function: drm_pagemap_put
        fingerprint: 0123456789abcdef
        reason: "known: mended in 7.4"
        owner: someone@example.org
        expires: 2026-12-31
      - {device: "0000:03:00.0", reason: broken board}
    """

  @Test func everythingIsRead() throws {
    let read = try Self.read(Self.whole)
    #expect(read.failOn == .warning)
    #expect(read.allowIncomplete == true)
    #expect(read.baseline == "ci/known.json")
    #expect(read.required == Set([1, 2, 3, 4, 13, 16, 20].map { RuleID($0) }))
    #expect(read.disabledRules == [RuleID(6)])
    #expect(read.severities == [RuleID(7): .error])
    #expect(read.thresholds == [.quietTime: 250_000_000, .thrashTrips: 4])
    #expect(read.suppressions.map(\.line) == [14, 23])
    let first = try #require(read.suppressions.first).suppression
    #expect(first.rule == RuleID(1))
    #expect(first.device == "pmfake.*")
    #expect(first.task == "svm-?")
    #expect(first.object == .pagemap)
    #expect(first.function == "drm_pagemap_put")
    #expect(first.fingerprint?.description == "0123456789abcdef")
    #expect(
      first.acceptance
        == Acceptance(
          kind: .suppression, reason: "known: mended in 7.4", owner: "someone@example.org",
          expires: "2026-12-31"))
  }

  @Test func optionsGetWhatItSays() throws {
    let read = try Self.read(Self.whole)
    var options = AnalysisOptions()
    read.apply(to: &options, today: try #require(CalendarDay("2026-12-31")))
    #expect(options.failOn == .warning)
    #expect(options.allowIncomplete)
    #expect(options.rules?.contains(RuleID(6)) == false)
    #expect(options.rules?.count == RuleRegistry.all.count - 1)
    #expect(options.severities == [RuleID(7): .error])
    #expect(options.thresholds.quietTime == 250_000_000)
    #expect(options.suppressions.count == 2)
  }

  @Test func whatHasExpiredCountsAgain() throws {
    let read = try Self.read(Self.whole)
    let day = try #require(CalendarDay("2027-01-01"))
    var options = AnalysisOptions()
    read.apply(to: &options, today: day)
    #expect(options.suppressions.map(\.device) == ["0000:03:00.0"])
    #expect(read.expired(on: day).map(\.line) == [14])
  }

  @Test(arguments: ["", "\n", "# nothing\n", "---\n", "~", "{}", "rules:\nsuppressions:\n"])
  func nothingIsSaidByAnEmptyFile(_ text: String) throws {
    #expect(try Self.read(text) == Configuration())
  }

  @Test(arguments: [
    ("fail-no: error", "c.yml:1:1: there is no key 'fail-no'; did you mean 'fail-on'?"),
    (
      "fail-on: bad", "c.yml:1:10: fail-on: there is no value 'bad'; there are error, warning, info"
    ),
    ("fail-on: [error]", "c.yml:1:10: fail-on: expected a value, found a list"),
    ("version: 2", "c.yml:1:10: version: this pmtrace reads version 1"),
    (
      "allow-incomplete: treu",
      "c.yml:1:19: allow-incomplete: there is no value 'treu'; did you mean 'true'?"
    ),
    ("rules: [PM001]", "c.yml:1:8: rules: expected keys with values, found a list"),
    (
      "rules:\n  leaked-pagmap-reference: off",
      "c.yml:2:3: rules.leaked-pagmap-reference: there is no rule 'leaked-pagmap-reference'; "
        + "did you mean PM001 (leaked-pagemap-reference)?"
    ),
    (
      "rules:\n  PM001: off\n  leaked-pagemap-reference: error",
      "c.yml:3:3: rules.leaked-pagemap-reference: the rule PM001 is set twice"
    ),
    ("rules: {PM001: of}", "c.yml:1:16: rules.PM001: there is no value 'of'; did you mean 'off'?"),
    (
      "thresholds:\n  quiet-tim: 1s",
      "c.yml:2:3: thresholds: there is no key 'quiet-tim'; did you mean 'quiet-time'?"
    ),
    (
      "thresholds:\n  quiet-time: 100",
      "c.yml:2:15: thresholds.quiet-time: expected a time with its unit, such as 100ms, found '100'"
    ),
    (
      "thresholds:\n  thrash-trips: 0",
      "c.yml:2:17: thresholds.thrash-trips: expected a count above 0, found '0'"
    ),
    (
      "suppressions:\n  - rule: PM001",
      "c.yml:2:5: suppressions[0]: needs a 'reason'"
    ),
    (
      "suppressions:\n  - reason: because",
      "c.yml:2:5: suppressions[0]: says not what it is about: give at least one of rule, device, "
        + "task, object, function, fingerprint"
    ),
    (
      "suppressions:\n  - {rule: PM001, reason: x, expires: 2026-02-29}",
      "c.yml:2:39: suppressions[0].expires: expected a day such as 2026-12-31, found '2026-02-29'"
    ),
    (
      "suppressions:\n  - {fingerprint: 12, reason: x}",
      "c.yml:2:19: suppressions[0].fingerprint: expected 16 hexadecimal digits, found '12'"
    ),
    (
      "suppressions:\n  - {object: pagmap, reason: x}",
      "c.yml:2:14: suppressions[0].object: there is no value 'pagmap'; did you mean 'pagemap'?"
    ),
    (
      "suppressions:\n  - PM001",
      "c.yml:2:5: suppressions[0]: expected keys with values, found one value"
    ),
    ("- a\n- b", "c.yml:1:1: expected keys with values, found a list"),
    ("fail-on: error\nfail-on: info", "c.yml:1:1: a key stands twice: fail-on"),
  ])
  func mistakesAreNamedWithTheirPlace(_ text: String, _ message: String) {
    #expect(throws: ConfigurationError.self) { try Self.read(text) }
    do throws(ConfigurationError) { _ = try Self.read(text) } catch {
      #expect(error.issues.map(\.description) == [message])
    }
  }

  @Test func allMistakesAreNamedAtOnce() {
    do throws(ConfigurationError) {
      _ = try Self.read("fail-on: x\nrules: {PM999: off}\nthresholds: 3\nnonsense-here: 1")
      Issue.record("a configuration full of mistakes was read")
    } catch {
      #expect(error.issues.map(\.line) == [1, 2, 3, 4])
    }
  }
}

@Suite struct HostileConfigurationTests {
  private func message(_ bytes: [UInt8]) -> String? {
    do throws(ConfigurationError) {
      _ = try ConfigurationReader.read(bytes, file: "c.yml")
      return nil
    } catch { return error.description }
  }

  @Test func whatIsNoYAMLIsSaidSo() {
    #expect(message(Array("a: [1".utf8))?.hasPrefix("c.yml:") == true)
    #expect(message(Array("\t- a: b".utf8))?.contains("not YAML") == true)
    #expect(message([0xff, 0xfe, 0x00])?.contains("not UTF-8") == true)
    #expect(message([0x00]) != nil)
  }

  @Test func sizeAndDepthAreBounded() {
    #expect(message([UInt8](repeating: 0x20, count: 1 << 20 + 1))?.contains("at most") == true)
    for open in ["[", "{a: ", "- "] {
      let deep = String(repeating: open, count: 200_000)
      #expect(message(Array(deep.utf8)) != nil)
    }
  }

  /// Anchors that name each other a billion times over are looked at, not unfolded.
  @Test func aliasesDoNotMultiply() {
    var text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    for level in 1..<40 {
      let previous = "*a\(level - 1)"
      text +=
        "a\(level): &a\(level) [\(Array(repeating: previous, count: 9).joined(separator: ","))]\n"
    }
    #expect(message(Array(text.utf8)) != nil)
  }

  @Test func everyPrefixIsReadOrRefused() {
    let bytes = Array(ConfigurationTests.whole.utf8)
    for length in 0..<bytes.count { _ = message(Array(bytes.prefix(length))) }
  }
}
