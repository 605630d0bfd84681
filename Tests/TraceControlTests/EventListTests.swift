import Testing

@testable import TraceControl

@Suite struct EventListTests {
  let machine: FakeMachine
  let list: EventList

  init() throws {
    machine = try FakeMachine()
    try machine.addTracefs()
    list = EventList(directory: machine.tracing)
  }

  private func names(_ pattern: String) throws -> [String] {
    try list.resolve(pattern).map(\.description)
  }

  @Test func patternsOfAShell() throws {
    #expect(try names("sched:sched_switch") == ["sched:sched_switch"])
    #expect(try names("sched:*") == ["sched:sched_switch", "sched:sched_waking"])
    #expect(try names("*:*k*") == ["kmem:kfree", "sched:sched_waking"])
    #expect(try names("?mem:kfre?") == ["kmem:kfree"])
  }

  @Test(arguments: [
    ("sched:sched_swich", "the nearest is sched:sched_switch"),
    ("shed:sched_switch", "the nearest is sched:sched_switch"),
    ("sched:nothing_like_it", "see "),
  ])
  func theNearestIsNamed(name: String, advice: String) throws {
    let error = #expect(throws: ControlError.self) { try list.resolve(name) }
    #expect(error?.code == .noSuchEvent)
    #expect(error?.problem == "this kernel has no event \(name)")
    #expect(error?.advice.hasPrefix(advice) == true, "\(error?.advice ?? "")")
  }

  @Test(arguments: ["sched", "sched:", ":sched_switch", "a:b:c", "../x:y", ""])
  func whatNamesNoEvent(name: String) {
    let error = #expect(throws: ControlError.self) { try list.resolve(name) }
    #expect(error?.code == .noSuchEvent)
  }
}
