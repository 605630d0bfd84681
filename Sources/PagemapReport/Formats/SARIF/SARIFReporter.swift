import PagemapAnalysis
import PagemapRules

/// SARIF 2.1.0: what code scanning reads. One run, a result a finding.
package enum SARIFReporter: Reporter {
  package static let name = "sarif"

  /// Results that GitHub takes of a run; what is beyond is left out, and the log says so.
  static let resultLimit = 25_000
  /// Notifications of one kind that are told one by one.
  static let notificationLimit = 1000

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    document(report, resultLimit: resultLimit).serialized()
  }

  static func document(_ report: Report, resultLimit: Int) -> JSONValue {
    let rules = SARIFRules(report)
    let places = SARIFPlaces(report)
    let all = SARIFResults(report: report, rules: rules, places: places).all
    return .object([
      "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"),
      "version": .string("2.1.0"),
      "runs": .array([
        .object([
          "tool": .object(["driver": driver(report, rules)]),
          "columnKind": .string("utf16CodeUnits"),
          "originalUriBaseIds": .object([
            SARIFPlaces.base: .object([
              "description": .object([
                "text": .string("The directory that pmtrace ran in, such as a checkout's root.")
              ])
            ])
          ]),
          "artifacts": .array(places.artifacts),
          "invocations": .array([
            invocation(report, places, rules, omitted: max(0, all.count - resultLimit))
          ]),
          "results": .array(worst(all, resultLimit)),
        ])
      ]),
    ])
  }

  /// The results in their order, the least bad left out where there are too many.
  private static func worst(_ results: [SARIFResults.Ranked], _ limit: Int) -> [JSONValue] {
    guard results.count > limit else { return results.map(\.value) }
    let kept = results.indices.sorted {
      (results[$0].rank, $0) < (results[$1].rank, $1)
    }.prefix(limit).sorted()
    return kept.map { results[$0].value }
  }

  private static func driver(_ report: Report, _ rules: SARIFRules) -> JSONValue {
    var driver: [String: JSONValue] = [
      "name": .string("pmtrace"), "rules": .array(rules.descriptors),
    ]
    if !report.toolVersion.isEmpty {
      driver["version"] = .string(report.toolVersion)
      driver["semanticVersion"] = .string(report.toolVersion)
    }
    return .object(driver)
  }

  private static func invocation(
    _ report: Report, _ places: SARIFPlaces, _ rules: SARIFRules, omitted: Int
  ) -> JSONValue {
    var notifications = SARIFNotifications(report: report, places: places, rules: rules).all
    if omitted > 0 {
      notifications.append(
        SARIFNotifications.message(
          "too-many-results", "error",
          "\(omitted) results are left out, the least bad ones: at most \(resultLimit) are taken"))
    }
    return .object([
      "executionSuccessful": .bool(!report.traces.contains { $0.verdict == .unusable }),
      "exitCode": .signed(Int64(report.exitCode)),
      "exitCodeDescription": .string(report.verdict.rawValue),
      "toolExecutionNotifications": .array(notifications),
    ])
  }
}
