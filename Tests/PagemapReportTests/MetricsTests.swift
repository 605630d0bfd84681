import PagemapModel
import PagemapReport
import PagemapRules
import Testing

@Suite struct MetricsTests {
  private static func families(_ status: StreamStatus) throws -> [String: PrometheusParser.Family] {
    let families = try PrometheusParser.parse(MetricsText.render(status, version: "0.1.0"))
    return Dictionary(uniqueKeysWithValues: families.map { ($0.name, $0) })
  }

  private static func values(_ family: PrometheusParser.Family?, _ labels: String...) -> [String:
    Double]
  {
    var values: [String: Double] = [:]
    for sample in family?.samples ?? [] {
      values[labels.map { sample.labels[$0] ?? "?" }.joined(separator: " ")] = sample.value
    }
    return values
  }

  @Test func golden() throws {
    var status = StreamSamples.status
    status.overview.furtherPagemaps = 0
    try expectGolden(MetricsText.render(status, version: "0.1.0"), "metrics")
  }

  @Test func everyPageIsOfTheFormat() throws {
    var empty = StreamStatus(elapsed: 0, overview: LiveOverview())
    for status in [StreamSamples.status, StreamSamples.earlier, empty] {
      #expect(try Self.families(status)["pmtrace_up"]?.samples.map(\.value) == [1])
    }
    empty.windowFill = .nan
    empty.recordsRead = .max
    #expect(
      try Self.families(empty)["pmtrace_events_total"]?.samples.map(\.text)
        == ["18446744073709551615"])
  }

  @Test func countsWhatItSays() throws {
    let families = try Self.families(StreamSamples.status)
    #expect(
      Self.values(families["pmtrace_findings_total"], "rule", "severity", "certain")
        == [
          "PM001 error true": 1, "PM002 error false": 1, "PM006 warning true": 1,
          "PM006 warning false": 1, "PM006 info true": 1, "PM007 error false": 1,
        ])
    #expect(Self.values(families["pmtrace_findings_withdrawn_total"], "rule") == ["PM007": 1])
    #expect(
      Self.values(families["pmtrace_events_lost_total"], "cpu", "cause")
        == [
          "0 overrun": 0, "0 dropped": 0, "0 commit-overrun": 0, "1 overrun": 1024,
          "1 dropped": 7, "1 commit-overrun": 0,
        ])
    #expect(
      Self.values(families["pmtrace_migrated_bytes_total"], "direction")
        == ["system-to-device": 19_264 * 4096, "device-to-system-by-fault": 32 * 4096])
    #expect(
      Self.values(families["pmtrace_migration_failures_total"], "direction", "errno")
        == ["system-to-device ENOMEM": 3, "system-to-device errno 999": 1])
    #expect(Self.values(families["pmtrace_live_objects"], "kind")["folio"] == 4096)
  }

  @Test func durationsAreSeconds() throws {
    let family = try #require(
      Self.families(StreamSamples.status)["pmtrace_migration_duration_seconds"])
    let own = family.samples.filter { $0.labels["direction"] == "system-to-device" }
    #expect(own.count == MetricsText.bounds.count + 3)
    #expect(own.first?.labels["le"] == "0.000001")
    #expect(own.first { $0.labels["le"] == "0.00025" }?.value == 0)
    #expect(own.first { $0.labels["le"] == "0.001" }?.value == 1204)
    #expect(own.first { $0.name.hasSuffix("_sum") }?.text == "0.5418")
  }

  /// A server keeps every series for long, so that with many pagemaps none has its own.
  @Test func pagemapsAreBounded() throws {
    let name = "pmtrace_pagemap_references"
    #expect(try Self.families(StreamSamples.status)[name] == nil)
    var few = StreamSamples.status
    few.overview.furtherPagemaps = 0
    #expect(try Self.values(Self.families(few)[name], "device", "pagemap").count == 5)
    let pagemap = few.overview.pagemaps[0]
    few.overview.pagemaps = Array(repeating: pagemap, count: MetricsText.pagemapLimit + 1)
    #expect(try Self.families(few)[name] == nil)
  }

  @Test func labelsAreEscaped() throws {
    let hostile = "a\"b\\c\nd\u{1b}e\\n"
    var status = StreamSamples.hostile(hostile)
    status.overview.furtherPagemaps = 0
    let bytes = MetricsText.render(status, version: hostile)
    let families = try PrometheusParser.parse(bytes)
    let info = families.first { $0.name == "pmtrace_build_info" }
    #expect(info?.samples.first?.labels["version"] == "a\"b\\c\nd\\x1be\\n")
    #expect(!bytes.contains(0x1b))
  }

  /// No counter ever falls while a recording runs.
  @Test(arguments: ["d_leak_pagemap", "stress"]) func countersOnlyRise(_ recording: String) throws {
    let run = try StreamedRun(recording, every: 400)
    var known: [String: Double] = [:]
    for status in run.statuses + [run.last] {
      for family in try PrometheusParser.parse(MetricsText.render(status, version: "0")) {
        for sample in family.samples where family.type != "gauge" {
          let series = "\(sample.name) \(sample.labels.sorted { $0.key < $1.key })"
          #expect(sample.value >= known[series] ?? 0, "\(series)")
          known[series] = sample.value
        }
      }
    }
    try expectGolden(
      MetricsText.render(run.last, version: "0.1.0"), "metrics-\(recording)")
    let returned = run.last.overview.latencies.reduce(0) { $0 + $1.count }
    #expect(returned > 0)
  }

  /// The parser that the others rest on refuses what is not of the format.
  @Test(arguments: [
    "a 1", "# HELP a b\na 1\n", "# HELP a b\n# TYPE a gauge\na 1",
    "# HELP a b\n# TYPE a gauge\nb 1\n",
    "# HELP a b\n# TYPE a gauge\na{b=\"c} 1\n", "# HELP a b\n# TYPE a gauge\na{b=\"\\t\"} 1\n",
    "# HELP a b\n# TYPE a gauge\na 1\na 1\n", "# HELP a b\n# TYPE a gauge\na  1\n",
    "# HELP a b\n# TYPE a gauge\na 0x1\n", "# HELP a b\n# TYPE a counter\na 1\n",
    "# HELP a b\n# TYPE a gauge\n# HELP a b\n",
    "# HELP a b\n# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n",
    "# HELP a_total b\n# TYPE a_total counter\na_total -1\n", "# HELP 1a b\n# TYPE 1a gauge\n",
    "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
    "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
  ])
  func theParserIsStrict(_ page: String) {
    #expect(throws: PrometheusParser.Failure.self) { try PrometheusParser.parse(Array(page.utf8)) }
  }
}
