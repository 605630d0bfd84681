import Foundation
import PagemapEvents
import PagemapProbes
import TestSupport
import Testing

/// What the sets of probes hold.
@Suite struct ProbeSetTests {
  /// A set holds what it says that it is made of.
  @Test func theSetsContainEachOther() {
    let pairs: [(ProbeSet, ProbeSet)] = [
      (.base, .main), (.base, .full), (.main, .all), (.full, .all), (.main, .pages), (.main, .xe),
      (.portable, .main), (.portable, .pagesPortable), (.pagesPortable, .pages),
    ]
    for (part, whole) in pairs {
      #expect(part.kinds.isStrictSubset(of: whole.kinds), "\(part) in \(whole)")
    }
  }

  /// A plain list has an event of every kind of its set and no event twice, and a kernel that refuses
  /// one line of it takes the others.
  @Test(arguments: ProbeSet.allCases) func listsAreTheirSets(set: ProbeSet) throws {
    let list = ProbeCatalogue.list(of: set)
    let kinds = list.compactMap {
      EventName($0.event, system: $0.group)?.kind(isReturn: $0.isReturn)
    }
    #expect(kinds.count == list.count)
    #expect(Set(kinds) == set.kinds)
    #expect(Set(list.map(\.name)).count == list.count)
    let text = list.map(\.line).joined(separator: "\n")
    #expect(try ProbeDefinition.file(text).map(\.line) == list.map(\.line))
    // What has a preferred definition is in the list with that one.
    let others = Set(list).subtracting(
      ProbeCatalogue.probes(of: set).compactMap(\.definitions.first))
    #expect(others.allSatisfy { $0.form == .unsuffixed })
  }

  /// Kernels without typecasts take what the portable sets hold, and all that is written for them.
  @Test func portableSetsHaveNoTypecasts() {
    let portable = ProbeCatalogue.list(of: .portable) + ProbeCatalogue.list(of: .pagesPortable)
    #expect(!portable.contains { $0.form == .typecasts || $0.line.contains("=(") })
    let offsets = ProbeCatalogue.probes(of: .pages).flatMap(\.definitions)
      .filter { $0.form == .offsets }
    #expect(!offsets.isEmpty)
    #expect(Set(offsets).isSubset(of: portable))
  }

  @Test func xeAddsTheFunctionsOfTheDriver() throws {
    let url = RepositoryFiles.url("fixtures/event-formats/optional/xe_svm")
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
    let kinds = Set(names.compactMap { kind($0, system: "xe_svm") })
    #expect(names.count > 80)
    #expect(kinds.subtracting(ProbeSet.xe.kinds) == [])
  }

  /// What a probe's name stands for.
  private func kind(_ name: String, system: String) -> PagemapEvent.Kind? {
    EventName(name, system: system)?.kind(isReturn: false)
  }
}
