import Foundation
import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapReport
import PagemapRules
import Testing
import TraceIngest

/// The report as a document, by way of its bytes.
func json(_ report: Report) throws -> JSONValue {
  try JSONParser.parse(JSONReporter.render(report, options: RenderOptions()))
}

@Suite struct JSONReporterTests {
  @Test(arguments: ["pass", "fail", "inconclusive", "unusable"])
  func golden(_ name: String) throws {
    let analyses = [
      "pass": Samples.pass, "fail": Samples.fail, "inconclusive": Samples.inconclusive,
      "unusable": Samples.unusable,
    ]
    let report = Samples.report(try #require(analyses[name]))
    try expectGolden(JSONReporter.render(report, options: RenderOptions()), "json-\(name)")
  }

  @Test func bytesAreTheDocumentWithSortedKeys() throws {
    let bytes = JSONReporter.render(Samples.report, options: RenderOptions())
    #expect(try JSONParser.parse(bytes).serialized() == bytes)
    let keys = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .filter { $0.hasPrefix("  \"") }
      .map { $0.prefix { $0 != ":" } }
    #expect(
      keys == ["  \"baseline\"", "  \"exitCode\"", "  \"schema\"", "  \"traces\"", "  \"verdict\""])
  }

  @Test func hasTheShapeThatIsPromised() throws {
    let report = try json(Samples.report)
    #expect(report["schema"] == .string("pmtrace.report/1"))
    #expect(report["verdict"] == .string("unusable"))
    #expect(report["exitCode"] == .unsigned(3))
    let trace = try #require(report["traces"]?[1])
    let finding = try #require(trace["findings"]?[0])
    #expect(finding["class"] == .string("leak-reference"))
    #expect(finding["certain"] == .bool(true))
    #expect(finding["object"]?["address"] == .string("0xff36ccee44c28298"))
    #expect(finding["firstSeen"]?["time"] == .unsigned(19_049_002_007))
    #expect(finding["evidence"]?[2]?["task"] == .null)
    #expect(finding["ledger"]?["unattributed"] == .unsigned(1))
    #expect(finding["kernelFunction"] == .string(Samples.rules[0].kernelFunction))
    #expect(trace["rules"]?[1]?["outcome"] == .string("not-evaluable"))
    #expect(trace["error"] == nil)
    let migration = trace["summary"]?["migrations"]?[0]
    #expect(migration?["calls"]?["failures"]?[0]?["name"] == .string("ENOMEM"))
    let cpu = report["traces"]?[2]?["completeness"]?["cpus"]?[1]
    #expect(cpu?["lossUnknown"] == .bool(true))
    #expect(cpu?["gaps"]?[1]?["eventsLost"] == .null)
    #expect(report["traces"]?[3]?["error"]?["offset"] == .unsigned(0))
  }

  @Test func hostileStringsStayStrings() throws {
    let hostile = "\"\\\u{0}\u{1b}]0;x\u{7}\n\u{7f}\u{85}\u{2028}\u{202e}\u{fffd}é\u{1f41b}"
    let report = Samples.report(Samples.hostile(hostile))
    let bytes = JSONReporter.render(report, options: RenderOptions())
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars where scalar != "\n" {
      #expect(!UntrustedText.mustBeEscaped(scalar))
    }
    let trace = try #require(try JSONParser.parse(bytes)["traces"]?[0])
    #expect(trace["path"] == .string(hostile))
    #expect(trace["findings"]?[0]?["evidence"]?[0]?["detail"] == .string(hostile))
  }

  @Test func largestNumbersKeepTheirDigits() throws {
    var analysis = Samples.fail
    analysis.findings[0].object.address = .max
    analysis.findings[0].firstSeen.time = .max
    analysis.findings[0].ledger?.references = .min
    analysis.summary?.migrations[0].pages = .max
    analysis.summary?.cost.byteSeconds = .nan
    let trace = try #require(try json(Samples.report(analysis))["traces"]?[0])
    let finding = trace["findings"]?[0]
    #expect(finding?["object"]?["address"] == .string("0xffffffffffffffff"))
    #expect(finding?["firstSeen"]?["time"] == .unsigned(.max))
    #expect(finding?["ledger"]?["references"] == .signed(.min))
    #expect(trace["summary"]?["migrations"]?[0]?["bytes"] == .unsigned(.max))
    #expect(trace["summary"]?["cost"]?["byteSeconds"] == .null)
    #expect(!text(Samples.report(analysis)).isEmpty)
  }

  @Test func textTracesSayWhatTheyCannotKnow() throws {
    var analysis = Samples.pass
    var metadata = TraceMetadata(container: .text)
    metadata.clock = nil
    analysis.metadata = metadata
    analysis.probes?.isComplete = false
    let report = try json(Samples.report(analysis))
    let completeness = report["traces"]?[0]?["completeness"]
    #expect(completeness?["container"]?["format"] == .string("text"))
    #expect(completeness?["endKnown"] == .bool(false))
    #expect(completeness?["recordedUntil"] == .null)
    #expect(completeness?["probes"]?["complete"] == .bool(false))
    #expect(try Schema.report.errors(in: report).isEmpty)
    let text = text(Samples.report(analysis))
    #expect(text.contains("not known; last record at 19.499000 s"))
    #expect(text.contains("3 event kinds seen, others may be on"))
  }
}

/// The schemas of `Documentation/Schemas`.
enum Schema {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Documentation/Schemas").standardizedFileURL

  static var report: SchemaValidator {
    get throws { try validator("pmtrace.report-1.schema.json") }
  }

  static func validator(_ name: String) throws -> SchemaValidator {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
    return SchemaValidator(schema: try JSONParser.parse(bytes))
  }
}
