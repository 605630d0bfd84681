import Foundation
import PagemapEvents
import PagemapRules
import TestSupport
import Testing

/// The sets of probes are those of the lab.
@Suite struct ProbeSetTests {
  @Test(arguments: ProbeSet.allCases.filter { $0 != .xe })
  func theSetIsTheLabs(set: ProbeSet) throws {
    let url = RepositoryFiles.url("fixtures/lab/probes/\(set.rawValue).defs")
    let names = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .compactMap { $0.split(separator: " ").first?.split(separator: "/").last }
    let kinds = Set(names.compactMap { kind(String($0), system: "drm_pagemap") })
    #expect(!names.isEmpty)
    #expect(set.kinds.subtracting(kinds) == [], "not in the lab's set")
    #expect(kinds.subtracting(set.kinds) == [], "only in the lab's set")
  }

  @Test func xeAddsTheFunctionsOfTheDriver() throws {
    let url = RepositoryFiles.url("fixtures/event-formats/optional/xe_svm")
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
    let kinds = Set(names.compactMap { kind($0, system: "xe_svm") })
    #expect(names.count > 80)
    #expect(kinds.subtracting(ProbeSet.xe.kinds) == [])
    #expect(ProbeSet.main.kinds.subtracting(ProbeSet.xe.kinds) == [])
  }

  /// What a probe's name stands for.
  private func kind(_ name: String, system: String) -> PagemapEvent.Kind? {
    guard let event = EventName(name, system: system) else { return nil }
    let row = event.spelledPhase == .return ? event.return : event.entry ?? event.return
    return row.map { EventTables.rows[$0].kind }
  }
}
