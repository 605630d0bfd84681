import PagemapEvents
import PagemapProbes
import Testing

/// The catalogue is sound in itself: the decoder knows what its probes record.
@Suite struct ProbeCatalogueTests {
  @Test(arguments: ProbeCatalogue.all) func theDecoderKnowsTheEvent(probe: CatalogueProbe) throws {
    #expect(!probe.definitions.isEmpty)
    for definition in probe.candidates {
      let event = try #require(EventName(definition.event, system: definition.group))
      #expect(event.kind(isReturn: definition.isReturn) == probe.kind, "\(definition.name)")
      #expect(definition.isReturn == (probe.kind.origin.phase == .return), "\(definition.name)")
      #expect(EventTables.systems.contains(definition.group))
    }
  }

  /// A field that no table reads is one that a name was misspelled in, or one for people: those are
  /// few and listed.
  @Test(arguments: ProbeCatalogue.all) func theDecoderKnowsTheFields(probe: CatalogueProbe) {
    let rows = EventTables.rows.filter { $0.kind == probe.kind }
    let known = Set(rows.flatMap(\.fields).flatMap(\.names))
    for definition in probe.definitions {
      let names = definition.arguments.map { argument in
        String(argument.prefix { $0 != "=" && $0 != ":" })
      }
      let unknown = names.filter { !known.contains($0) && !isElement($0, of: known) }
      #expect(unknown.filter { !Self.unread.contains($0) } == [], "\(definition.line)")
    }
  }

  @Test func namesAreUnique() {
    for set in ProbeSet.allCases {
      let names = ProbeCatalogue.probes(of: set).flatMap(\.definitions).map(\.name)
      let first = ProbeCatalogue.probes(of: set).compactMap(\.definitions.first?.name)
      #expect(Set(first).count == first.count, "\(set)")
      #expect(!names.isEmpty)
    }
  }

  /// Fields that are recorded for people.
  private static let unread: Set<String> = [
    "ops", "cur_ops", "last_start", "cur_start", "cur_dpagemap", "mm_range", "notifier_size",
    "cur_seq", "src_pfns", "dst_pfns", "gt", "vma", "op", "notifier", "pages", "pagemap_addr",
    "from", "vr", "tile", "cx", "r8", "r9",
  ]

  /// `s0` of an array that is known as `s`.
  private func isElement(_ name: String, of known: Set<String>) -> Bool {
    known.contains(String(name.prefix { !$0.isNumber })) && name.contains(where: \.isNumber)
  }
}
