import Foundation
import PagemapEvents
import PagemapRules
import TestSupport
import Testing

/// The sets of probes are those of the lab.
@Suite struct ProbeSetTests {
  static let labSets = ProbeSet.allCases.filter { $0 != .xe }

  /// A set's preferred definitions are lines of the lab's file, and all lines of the file are
  /// definitions of the set's probes.
  @Test(arguments: labSets) func theDefinitionsAreTheLabs(set: ProbeSet) throws {
    let lines = try lines(of: set)
    let probes = ProbeCatalogue.probes(of: set)
    let known = Set(probes.flatMap(\.definitions).map(\.line))
    #expect(lines.filter { !known.contains($0) } == [], "only in the lab's file")
    let preferred = Set(probes.compactMap(\.definitions.first?.line))
    #expect(preferred.subtracting(lines) == [], "not in the lab's file")
    #expect(Set(lines).count == lines.count)
  }

  /// What the lab's files hold besides the preferred definitions are alternatives: those for other
  /// builds of the kernel, and for older kernels in the portable sets.
  @Test(arguments: labSets) func nothingButAlternativesIsLeftOut(set: ProbeSet) throws {
    let probes = ProbeCatalogue.probes(of: set)
    let preferred = Set(probes.compactMap(\.definitions.first?.line))
    let others = Set(try lines(of: set)).subtracting(preferred)
    let forms = probes.flatMap(\.definitions).filter { others.contains($0.line) }.map(\.form)
    #expect(Set(forms).subtracting([.unsuffixed]) == [])
    #expect(preferred.count == probes.count)
  }

  /// Every definition for older kernels stands in a portable set.
  @Test func thePortableDefinitionsAreTheLabs() throws {
    let lines = Set(try lines(of: .portable) + lines(of: .pagesPortable))
    let offsets = ProbeCatalogue.probes(of: .pages).flatMap(\.definitions)
      .filter { $0.form == .offsets }
    #expect(offsets.count == 6)
    #expect(Set(offsets.map(\.line)).subtracting(lines) == [])
  }

  @Test(arguments: labSets) func theKindsAreTheLabs(set: ProbeSet) throws {
    let names = try lines(of: set).compactMap { try? ProbeDefinition($0).event }
    let kinds = Set(names.compactMap { kind($0, system: "drm_pagemap") })
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

  private func lines(of set: ProbeSet) throws -> [String] {
    let url = RepositoryFiles.url("fixtures/lab/probes/\(set.rawValue).defs")
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map(String.init)
  }

  /// What a probe's name stands for.
  private func kind(_ name: String, system: String) -> PagemapEvent.Kind? {
    guard let event = EventName(name, system: system) else { return nil }
    let row = event.spelledPhase == .return ? event.return : event.entry ?? event.return
    return row.map { EventTables.rows[$0].kind }
  }
}
