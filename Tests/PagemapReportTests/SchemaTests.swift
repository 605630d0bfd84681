import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapReport
import PagemapRules
import Testing

@Suite struct SchemaTests {
  static let reports: [Report] = [
    Samples.report, Samples.report(Samples.hostile("a\u{1b}\"\\\u{202e}")),
    Report(traces: [Samples.fail], rules: []), Report(traces: [], rules: []),
  ]

  @Test(arguments: reports.indices) func reportsAreValid(_ index: Int) throws {
    let errors = try Schema.report.errors(in: try json(Self.reports[index]))
    #expect(errors == [])
  }

  @Test func ruleListsAreValid() throws {
    let bytes = RuleCatalog.json(Samples.rules)
    let validator = try Schema.validator("pmtrace.rules-1.schema.json")
    #expect(validator.errors(in: try JSONParser.parse(bytes)) == [])
  }

  /// Every object of a valid report, each with one member too many or too few, must be refused:
  /// the schema is strict, and the validator looks at all of it.
  @Test func nothingMayBeAddedOrLeftOut() throws {
    let validator = try Schema.report
    let optional: Set<String> = ["error", "end", "mm", "virtualAddress", "owner"]
    var checked = 0
    var fail = Samples.fail
    fail.findings[1].evidence.removeSubrange(1...)
    let report = Report(traces: [fail, Samples.inconclusive, Samples.unusable], rules: [])
    for change in try json(report).changes(keeping: optional) {
      #expect(!validator.errors(in: change.document).isEmpty, "\(change.name)")
      checked += 1
    }
    #expect(checked > 300)
  }

  @Test(arguments: [
    ("verdict", JSONValue.string("maybe")), ("exitCode", .unsigned(4)), ("schema", .null),
    ("exitCode", .string("0")), ("traces", .object([:])), ("traces", .array([.null])),
  ])
  func wrongValuesAreRefused(_ key: String, _ value: JSONValue) throws {
    guard case .object(var members) = try json(Samples.report) else { return }
    members[key] = value
    #expect(try !Schema.report.errors(in: .object(members)).isEmpty)
  }

  @Test func everyKindOfObjectIsKnown() throws {
    guard case .object(let report) = try json(Samples.report(Samples.fail)) else { return }
    for kind in ObjectReference.Kind.allCases {
      let document = JSONValue.object(report).withEveryObject(of: .string(kind.rawValue))
      #expect(try Schema.report.errors(in: document) == [], "\(kind.rawValue)")
    }
    let document = JSONValue.object(report).withEveryObject(of: .string("mystery"))
    #expect(try !Schema.report.errors(in: document).isEmpty)
  }

  @Test func addressesAreHexadecimal() throws {
    let address = JSONValue.object([
      "kind": .string("pagemap"), "address": .string("0xFF"), "epoch": .unsigned(1),
      "device": .null,
    ])
    guard case .object(var report) = try json(Samples.report(Samples.fail)),
      case .object(var trace)? = report["traces"]?[0],
      case .object(var finding)? = trace["findings"]?[0]
    else { return }
    finding["object"] = address
    trace["findings"] = .array([.object(finding)])
    report["traces"] = .array([.object(trace)])
    #expect(
      try Schema.report.errors(in: .object(report))
        == ["/traces/0/findings/0/object/address: violates pattern"])
  }

  /// Another implementation agrees, where there is one.
  @Test func anotherValidatorAgrees() throws {
    let script = """
      import json, sys
      try:
          import jsonschema
      except ImportError:
          sys.exit(42)
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      jsonschema.Draft202012Validator(schema).validate(json.load(open(sys.argv[2])))
      """
    let path = FileManager.default.temporaryDirectory
      .appending(path: "pmtrace-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: path) }
    for report in Self.reports {
      try Data(JSONReporter.render(report, options: RenderOptions())).write(to: path)
      let python = Process()
      python.executableURL = URL(filePath: "/usr/bin/env")
      let schema = Schema.folder.appending(path: "pmtrace.report-1.schema.json")
      python.arguments = ["python3", "-W", "ignore", "-c", script, schema.path, path.path]
      try python.run()
      python.waitUntilExit()
      if [42, 126, 127].contains(python.terminationStatus) {
        print("skipped: python3 with the module jsonschema is not installed")
        return
      }
      #expect(python.terminationStatus == 0)
    }
  }
}

extension JSONValue {
  /// The document with this kind in each of the objects that findings are about.
  fileprivate func withEveryObject(of kind: JSONValue) -> JSONValue {
    switch self {
    case .object(var members):
      if case .object(var object)? = members["object"] {
        object["kind"] = kind
        members["object"] = .object(object)
      }
      return .object(members.mapValues { $0.withEveryObject(of: kind) })
    case .array(let values): return .array(values.map { $0.withEveryObject(of: kind) })
    default: return self
    }
  }

  /// The document with one member more, or one less, in one of its objects: all such documents.
  func changes(keeping optional: Set<String>) -> [(name: String, document: JSONValue)] {
    switch self {
    case .object(let members):
      var changes: [(name: String, document: JSONValue)] = []
      var more = members
      more["unheardOf"] = .null
      changes.append(("one more", .object(more)))
      for key in members.keys.sorted() {
        if !optional.contains(key) {
          var fewer = members
          fewer[key] = nil
          changes.append(("without \(key)", .object(fewer)))
        }
        for change in members[key]?.changes(keeping: optional) ?? [] {
          var changed = members
          changed[key] = change.document
          changes.append(("\(key): \(change.name)", .object(changed)))
        }
      }
      return changes
    case .array(let values):
      return values.enumerated().flatMap { index, value in
        value.changes(keeping: optional).map { change in
          var changed = values
          changed[index] = change.document
          return ("\(index)/\(change.name)", .array(changed))
        }
      }
    default: return []
    }
  }
}
