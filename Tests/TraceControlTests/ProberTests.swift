import Testing

@testable import TraceControl

@Suite(.needsTracefs) struct ProberTests {
  @Test func installAndRemove() throws {
    let corner = try Corner("install")
    let probes = ["take", "give"].map { corner.program.probe(corner.group, $0) }
    let first = try corner.prober.install(probes, as: .installed)
    #expect(first.map(\.result) == [.added(candidate: 0), .added(candidate: 0)])
    #expect(try corner.lines().count == 2)
    #expect(try corner.lines().allSatisfy { $0.hasSuffix(" \(corner.group)=\\2:u8") })

    let second = try corner.prober.install(probes, as: .installed)
    #expect(second.map(\.result) == [.present(.installed), .present(.installed)])
    #expect(second.allSatisfy { $0.isUsable })

    let removal = try corner.prober.remove()
    #expect(removal.probes.removed == [corner.name("give"), corner.name("take")])
    #expect(removal.probes.kept.isEmpty && removal.liveRuns == 0)
    #expect(try corner.lines().isEmpty)
    #expect(try corner.prober.remove() == StaleRuns.Report())
  }

  @Test func theFirstCandidateThatTheKernelTakes() throws {
    let corner = try Corner("candidates")
    let name = corner.name("take")
    let bad = corner.program.definition(name, on: "take", "a=%nothing:s64")
    let nowhere = "p:\(name.system)/take /nowhere:0x10"
    let good = corner.program.definition(name, on: "take", "a=%di:s64")
    let probe = WantedProbe(group: name.system, event: "take", candidates: [bad, nowhere, good])
    let outcome = try #require(try corner.prober.install([probe], as: .run).first)
    #expect(outcome.result == .added(candidate: 2))
    #expect(outcome.refusals.map(\.definition).count == 2)
    #expect(outcome.refusals.first?.reason == "Invalid register name")
    #expect(outcome.refusals.last?.reason == "Failed to find the given file")
    _ = try corner.prober.remove()
    #expect(try corner.lines().isEmpty)
  }

  @Test func anEventOnAnotherProgramDoesNotServe() throws {
    let corner = try Corner("elsewhere")
    let mine = corner.program.probe(corner.group, "take")
    _ = try corner.prober.install([mine], as: .installed)
    let name = corner.name("take")
    let other = WantedProbe(
      group: name.system, event: "take", candidates: ["p:\(name.system)/take /bin/true:0x10"])
    let outcome = try #require(try corner.prober.install([other], as: .run).first)
    #expect(outcome.result == .refused)
    #expect(outcome.refusals.first?.reason.hasPrefix("an event of this name is on /") == true)
    #expect(try corner.prober.install([mine], as: .run).map(\.isUsable) == [true])
    _ = try corner.prober.remove()
    #expect(try corner.lines().isEmpty)
  }

  @Test func refusedWithReasons() throws {
    let corner = try Corner("refused")
    let name = corner.name("take")
    let probe = WantedProbe(
      group: corner.group, event: "take",
      candidates: [
        corner.program.definition(name, on: "take", "a=%nothing"), "garbage",
        "p:\(corner.group)/take /etc:0x1\n-:\(corner.group)/take",
      ])
    let outcome = try #require(try corner.prober.install([probe], as: .run).first)
    #expect(outcome.result == .refused && !outcome.isUsable)
    #expect(
      outcome.refusals.map(\.reason) == [
        "Invalid register name", "it is no definition KIND:GROUP/EVENT PLACE", "Not a regular file",
      ])
    #expect(try corner.lines().isEmpty)
  }

  @Test func kindsThatTheKernelLacks() throws {
    let corner = try Corner("kinds")
    let abilities = corner.tracefs.abilities
    for (line, isThere, reason) in [
      ("f:\(corner.group)/a no_such_function", abilities.fprobes, "this kernel has no fprobes"),
      ("p:\(corner.group)/a no_such_function", abilities.kprobes, "this kernel has no kprobes"),
    ] {
      let refusal = try corner.events.add(line)
      #expect(refusal?.definition == line)
      #expect((refusal?.reason == reason) != isThere, "\(refusal?.reason ?? "")")
    }
  }

  @Test func candidatesOfOtherNames() throws {
    let corner = try Corner("names")
    let bad = corner.program.definition(corner.name("take"), on: "take", "a=%nothing:s64")
    let good = corner.program.definition(corner.name("take2"), on: "take", "a=%di:s64")
    let probe = WantedProbe(group: corner.group, event: "take", candidates: [bad, good])
    let first = try corner.prober.install([probe], as: .installed)
    #expect(first.map(\.name) == [corner.name("take2")])
    #expect(first.map(\.result) == [.added(candidate: 1)])
    let second = try corner.prober.install([probe], as: .installed)
    #expect(second.map(\.name) == [corner.name("take2")])
    #expect(second.map(\.result) == [.present(.installed)])
    #expect(try corner.prober.remove().probes.removed == [corner.name("take2")])
    #expect(try corner.lines().isEmpty)
  }

  @Test func checkLeavesWhatWasThere() throws {
    let corner = try Corner("check")
    let foreign = corner.program.definition(corner.name("give"), on: "give")
    #expect(try corner.events.add(foreign) == nil)
    defer { _ = try? corner.events.remove(corner.name("give")) }
    let before = try corner.lines()
    let outcomes = try corner.prober.check(
      ["take", "give"].map { corner.program.probe(corner.group, $0) })
    #expect(outcomes.map(\.result) == [.added(candidate: 0), .present(.foreign)])
    #expect(try corner.lines() == before)
  }

  @Test func theUsersProbeStays() throws {
    let corner = try Corner("foreign")
    let foreign = corner.program.definition(corner.name("take"), on: "take", "mine=%di:u8")
    #expect(try corner.events.add(foreign) == nil)
    defer { _ = try? corner.events.remove(corner.name("take")) }
    let before = try corner.lines()
    let session = try TracingSession.start(corner.configuration("take", "give"))
    #expect(session.probes.map(\.result) == [.present(.foreign), .added(candidate: 0)])
    #expect(session.events == [corner.name("give"), corner.name("take")])
    let end = try session.finish()
    #expect(end.probes.removed == [corner.name("give")])
    #expect(try corner.prober.remove() == StaleRuns.Report())
    #expect(try corner.lines() == before)
  }

  @Test func stackTriggersGoWithTheirProbes() throws {
    let corner = try Corner("triggers")
    let foreign = corner.program.definition(corner.name("give"), on: "give")
    #expect(try corner.events.add(foreign) == nil)
    defer { _ = try? corner.events.remove(corner.name("give")) }
    let probes = ["take", "give"].map { corner.program.probe(corner.group, $0) }
    _ = try corner.prober.install(probes, as: .installed)
    func hasStack(_ event: String) throws -> Bool {
      let path = corner.tracefs.path("\(corner.name(event).path)/trigger")
      return try SystemFiles.text(path).split(separator: "\n").contains {
        $0.hasPrefix("stacktrace")
      }
    }
    for _ in 0..<2 { try corner.prober.setStackTriggers(probes.map(\.name)) }
    #expect(try hasStack("take"))
    #expect(try !hasStack("give"), "it is the user's")
    #expect(try corner.prober.remove().probes.removed == [corner.name("take")])
    #expect(try corner.lines().count == 1)
  }

  @Test func aProbeInUseIsKeptAndNamed() throws {
    let corner = try Corner("busy")
    _ = try corner.prober.install([corner.program.probe(corner.group, "take")], as: .installed)
    let instance = try TraceInstance.create(
      in: corner.tracefs, ownership: Ownership(name: "\(corner.group)_other"))
    try instance.enable([corner.name("take")])
    let removal = try corner.prober.remove()
    #expect(removal.probes.removed.isEmpty)
    #expect(
      removal.probes.kept.map(\.reason) == [
        "\(corner.name("take")) is enabled or has a trigger somewhere"
      ]
    )
    try instance.destroy()
    #expect(try corner.prober.remove().probes.removed == [corner.name("take")])
    #expect(try corner.instances().isEmpty && corner.lines().isEmpty)
  }
}
