#if DEBUG || PMTRACE_TESTS
  import PagemapModel
  import Testing

  /// The machines that `Documentation/Model.md` draws are those that run: every step is taken in some
  /// trace of the repository, and replay shows every state.
  @Suite struct MachinesRunTests {
    @Test func everyStepIsTaken() async throws {
      let tour = try await MachineTour.whole.value
      let drawn = Set(
        ModelCatalog.machines.flatMap { machine in
          machine.transitions.map { "\(machine.object): \($0.from) --\($0.trigger)-->" }
        })
      for step in drawn.subtracting(tour.taken).sorted() {
        Issue.record("nothing drives \(step): compose a trace, or take it out of the machine")
      }
      #expect(tour.taken.subtracting(drawn).isEmpty)
    }

    @Test func everyStateIsShown() async throws {
      let tour = try await MachineTour.whole.value
      var table: [String] = []
      for kind in Rooms.kinds {
        guard let machine = kind.machine else { continue }
        for state in machine.states {
          let name = "\(kind.kind.rawValue) \(state)"
          let count = tour.shown[name] ?? 0
          table.append("\(name): \(tour.recorded[name] ?? 0) in recordings, \(count) in all")
          #expect(count > 0, "replay never shows the state \(state) of \(machine.object)")
        }
      }
      #expect(ModelCatalog.machines.count >= 16)
      if table.isEmpty { Issue.record("no machine has a state") }
      Attachment.record(table.joined(separator: "\n"), named: "states.txt")
    }
  }
#endif
