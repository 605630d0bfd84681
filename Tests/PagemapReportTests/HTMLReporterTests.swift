import Foundation
import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest
import TraceWords

@testable import PagemapReport

@Suite struct HTMLReporterTests {
  /// Tries what a name of a trace may try.
  static let hostile =
    "</script><script>window.evil=1</script><img src=x onerror=window.evil=1>\"'&"
    + "<x-evil>\u{202e}\u{1b}]0;x\u{7}\u{85}\u{2066}"

  @Test(arguments: ["clean", "d_leak_pagemap"])
  func golden(_ name: String) throws {
    // Some rules, so that a rule more changes no page: decided ones, and one that needs xe.
    let rules = Set((1...12).map { RuleID($0) } + [RuleID(56)])
    let page = HTMLSamples.page(HTMLSamples.report(try HTMLSamples.recording(name, rules: rules)))
    try expectGolden(Array(HTMLSamples.withoutAssets(page).utf8), "html-\(name)")
  }

  @Test func theSameTraceGivesTheSameBytes() throws {
    let pages = try (0..<2).map { _ in
      HTMLSamples.page(HTMLSamples.report(try HTMLSamples.recording("evict")))
    }
    #expect(pages[0] == pages[1])
  }

  @Test(arguments: [
    "clean", "d_leak_pagemap", "d_leak_page", "d_double_migrate", "d_madv_leak.stacks", "stress",
  ])
  func recordingsAreWellFormed(_ name: String) throws {
    let page = HTMLSamples.page(HTMLSamples.report(try HTMLSamples.recording(name)))
    #expect(HTMLOutline(page).complaints == [])
    #expect(page.utf8.count < HTMLReporter.sizeLimit)
  }

  @Test func samplesAreWellFormed() {
    let page = HTMLSamples.page(Samples.report)
    #expect(HTMLOutline(page).complaints == [])
    #expect(page.contains("4 traces, exit code 3"))
    for trace in Samples.report.traces { #expect(page.contains(trace.reason.plain)) }
    #expect(HTMLOutline(HTMLSamples.page(Report(traces: [], rules: []))).complaints == [])
  }

  @Test func anUnusableInputSaysWhy() throws {
    let page = HTMLSamples.page(Samples.report(Samples.unusable))
    #expect(page.contains("UNUSABLE"))
    #expect(page.contains("expected the magic of a trace.dat, found 0x89"))
    #expect(page.contains("give a file that trace-cmd record wrote"))
    #expect(!page.contains("class=\"view\""))
    #expect(!page.contains(">Findings<"))
  }

  @Test func anInconclusiveTraceTellsWhatIsMissing() {
    var analysis = Samples.inconclusive
    analysis.timeline = HTMLSamples.timeline(calls: 40)
    let page = HTMLSamples.page(Samples.report(analysis))
    #expect(page.contains("The record is not complete: 1,024 events lost, 1 gap of unknown size"))
    #expect(page.contains("None, but evidence may be missing"))
    #expect(page.contains("CPU 1: 1,024 events lost between"))
    #expect(page.contains("\"gaps\":[[40000000,50000000,1,1024,\"\"],[60000000,null,1,null,\"\"]]"))
    #expect(page.contains("expected a zstd frame of 65536 bytes"))
  }

  @Test func withoutATimelineItSaysSo() {
    let page = HTMLSamples.page(Samples.report(Samples.fail))
    #expect(page.contains("Not gathered for this report."))
    #expect(!page.contains("show in the timeline"))
    var analysis = Samples.pass
    analysis.timeline = Timeline()
    #expect(HTMLSamples.page(Samples.report(analysis)).contains("Nothing to show"))
  }

  @Test func aFindingTellsEverything() {
    var analysis = Samples.fail
    analysis.findings[0].fingerprint = Fingerprint(of: ["leak"])
    analysis.findings[0].evidence[0].stack = ["drm_pagemap_init+0x1c", "xe_vm_close+0x20"]
    analysis.findings[1].acceptance = Acceptance(
      kind: .suppression, reason: "known to thrash", owner: "kms", expires: "2027-01-31")
    analysis.findings[2].isInBaseline = false
    let page = HTMLSamples.page(Samples.report(analysis))
    for words in [
      Samples.leak.title.plain, "leak-reference", "19.049002 s, CPU 1, pmtest-147",
      "The last VM peer of the device left", "drm_pagemap_release_owner", "1 VM slot + 2 zdd",
      "1 unattributed, held by nobody known", "xe_vm_close+0x20", Samples.leak.advice.plain,
      Samples.rules[0].invariant, Samples.rules[0].kernelFunction,
      Fingerprint(of: ["leak"]).description, ">suppressed<",
      "known to thrash, owner kms, until 2027-01-31", ">new<", "3 ENOMEM, 1 errno 999",
    ] { #expect(page.contains(words.replacing("'", with: "&#39;")), "\(words)") }
  }

  @Test func hostileNamesStayText() {
    var analysis = Samples.hostile(Self.hostile)
    analysis.timeline = HTMLSamples.timeline(calls: 20, name: Self.hostile)
    let page = HTMLSamples.page(Samples.report(analysis))
    #expect(HTMLOutline(page).complaints == [])
    let own = HTMLSamples.withoutAssets(page)
    for markup in ["<img", "<x-evil", "<script>window", "</script><script>window"] {
      #expect(!own.contains(markup), "\(markup)")
    }
    #expect(!page.unicodeScalars.contains { $0 != "\n" && UntrustedText.mustBeEscaped($0) })
  }

  @Test func largeTimelinesAreMergedUntilTheyFit() {
    var analysis = Samples.fail
    analysis.timeline = HTMLSamples.timeline(calls: 30_000)
    let page = HTMLSamples.page(Samples.report(analysis))
    #expect(page.utf8.count <= HTMLReporter.sizeLimit)
    let small = HTMLSamples.page(Samples.report(analysis), sizeLimit: 800_000)
    #expect(small.utf8.count <= 800_000)
    #expect(small.contains("Merged: what one task did within"))
    #expect(small.contains("30,000 calls are"))
    #expect(HTMLOutline(small).complaints == [])
  }

  @Test func manyFindingsLeaveRoom() {
    var analysis = Samples.fail
    var finding = Samples.thrash
    finding.evidence = (0..<6).flatMap { _ in Samples.thrash.evidence }
    analysis.findings = (0..<900).map { number in
      finding.rule = RuleID(1 + number / 200)
      return finding
    }
    analysis.timeline = HTMLSamples.timeline(calls: 30_000)
    let page = HTMLSamples.page(Samples.report(analysis))
    #expect(page.utf8.count <= HTMLReporter.sizeLimit)
    #expect(page.contains("500 further findings, in the JSON report."))
    #expect(page.contains("285 further events, in the JSON report"))
    #expect(page.contains("199 further of PM001"))
    #expect(HTMLOutline(page).complaints == [])
  }

  @Test func severalLargeTracesShareTheSize() {
    var analysis = Samples.fail
    analysis.timeline = HTMLSamples.timeline(calls: 30_000)
    let page = HTMLSamples.page(HTMLSamples.report(analysis, analysis, analysis))
    #expect(page.utf8.count <= HTMLReporter.sizeLimit)
  }

  @Test func timesBeyondTheScriptsNumbersStayInOrder() {
    var recorder = TimelineRecorder()
    recorder.take([.memory(time: 5, bytes: 4096), .memory(time: .max - 1, bytes: .max)])
    var analysis = Samples.pass
    analysis.timeline = recorder.finish(
      KernelMirror(probes: .init()), end: .max, devices: .init(), task: { _ in nil })
    let page = HTMLSamples.page(Samples.report(analysis))
    #expect(page.contains("\"start\":\"5\",\"length\":9007199254740991,\"unit\":2048"))
    #expect(page.contains("\"bytes\":[4096,9007199254740991]"))
  }
}

@Suite struct PageAssetTests {
  private static func hexadecimal(_ text: String) -> String {
    SHA256.digest(Array(text.utf8)).map { Format.hexadecimal(UInt64($0), digits: 2) }.joined()
  }

  /// The vectors of FIPS 180-4, and one whose padding takes a block of its own.
  @Test func digestsAreThoseOfTheStandard() {
    #expect(
      Self.hexadecimal("")
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      Self.hexadecimal("abc")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      Self.hexadecimal("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  }

  @Test func base64IsThatOfTheStandard() {
    let pairs = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foobar": "Zm9vYmFy"]
    for (text, encoded) in pairs { #expect(PageAssets.base64(Array(text.utf8)) == encoded) }
  }

  /// The page must do with its own script and style: no address but its own in them.
  @Test func assetsLoadNothing() {
    for assets in [PageAssets.script, PageAssets.style] {
      let text = String(decoding: assets, as: UTF8.self)
      for word in [
        "http:", "https:", "@import", "url(", "innerHTML", "eval(", "</script", "fetch(",
      ] {
        #expect(!text.contains(word), "\(word)")
      }
    }
  }
}
