import PagemapAnalysis
import PagemapEvents
import PagemapProbes
import PagemapReport
import PagemapRules
import Testing

@Suite struct ProbeReportTests {
  /// What a sample is made of, so that a probe more changes no sample.
  private static let kinds: Set<PagemapEvent.Kind> = [
    .pagemapInit, .pagemapInitReturn, .pagemapReinit, .pagemapPut, .pagemapRelease, .devHold,
    .migrateToRam, .zddDestroy, .cacheFini, .getFromCacheReturn, .shrinkerFini, .shrinkerScan,
    .rangePut, .getPagesReturn, .exitMmap, .memunmapPages, .xeHandlePagefault, .xeVmaDestroy,
  ]

  private static let probes = ProbeCatalogue.probes(of: .xe).filter { kinds.contains($0.kind) }

  /// A kernel that lacks a module, refuses a probe, takes others in another form, and has some.
  static let check: ProbeCheck = {
    var probes = Self.probes.map { probe in
      let isOlder = probe.definitions.first?.form == .typecasts
      let outcome: ProbeCheck.Outcome =
        switch (probe.module, probe.kind) {
        case ("xe", _): .moduleMissing("xe")
        case (_, .migrateToRam): .refused(reason: "Argument expression is too long")
        case (_, .pagemapPut): .present(.user)
        case (_, .pagemapInit): .present(.installation)
        default: .loaded(probe.definitions[isOlder ? 1 : 0], isPreferred: !isOlder)
        }
      return ProbeCheck.Probe(
        name: "\(probe.group):\(probe.event)", kind: probe.kind, outcome: outcome)
    }
    probes.append(.init(name: "mine:hostile_\u{1b}[31m", kind: nil, outcome: .present(.run)))
    return ProbeCheck(set: "xe", kernel: "7.2.13+deb14-amd64", probes: probes)
  }()
  /// Some rules, so that a rule more changes no sample.
  static let rules = RuleRegistry.all.filter { $0.id.number <= 12 || $0.id.number == 40 }

  @Test(arguments: [60, 100]) func text(width: Int) throws {
    let options = RenderOptions(width: width)
    let bytes = ProbeReport.text(Self.check, rules: Self.rules, options: options)
    try expectGolden(bytes, "probes-check-\(width)")
  }

  @Test func quietIsOneLine() {
    let bytes = ProbeReport.text(
      Self.check, rules: Self.rules, options: RenderOptions(quiet: true))
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == "16 of the 19 probes of xe can be used on 7.2.13+deb14-amd64\n")
  }

  @Test func everythingIsDecidedWhereAllLoads() {
    let probes = (ProbeCatalogue.probes(of: .pages) + ProbeCatalogue.probes(of: .xe)).map { probe in
      ProbeCheck.Probe(
        name: probe.event, kind: probe.kind,
        outcome: .loaded(probe.definitions[0], isPreferred: true))
    }
    let check = ProbeCheck(set: "all", kernel: nil, probes: probes)
    let text = String(
      decoding: ProbeReport.text(check, rules: Self.rules, options: RenderOptions()),
      as: UTF8.self)
    #expect(!text.contains("Refused"))
    #expect(!text.contains("not loaded"))
    #expect(!text.contains("not decided without"))
  }

  @Test func checksAreValid() throws {
    let validator = try Schema.validator("pmtrace.probes-1.schema.json")
    var check = Self.check
    check.probes.removeLast()
    let document = try JSONParser.parse(ProbeReport.json(check, rules: Self.rules))
    #expect(validator.errors(in: document) == [])
    let empty = ProbeCheck(set: "mine.defs", kernel: nil, probes: [])
    #expect(
      validator.errors(in: try JSONParser.parse(ProbeReport.json(empty, rules: []))) == [])
    let few = ProbeCheck(set: "xe", kernel: "7.2", probes: Array(check.probes.prefix(5)))
    let small = try JSONParser.parse(ProbeReport.json(few, rules: Array(Self.rules.prefix(2))))
    for change in small.changes(keeping: []) {
      #expect(!validator.errors(in: change.document).isEmpty, "\(change.name)")
    }
  }

  @Test(arguments: ProbeSet.allCases) func listsAreValid(set: ProbeSet) throws {
    let validator = try Schema.validator("pmtrace.probe-list-1.schema.json")
    let bytes = ProbeList.json(ProbeCatalogue.probes(of: set), set: set.rawValue)
    #expect(validator.errors(in: try JSONParser.parse(bytes)) == [])
  }

  @Test func list() throws {
    let probes = Self.probes.filter { $0.module != "xe" }
    try expectGolden(
      ProbeList.text(probes, set: "main", options: RenderOptions()), "probes-list")
  }
}
