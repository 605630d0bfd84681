import Testing

@testable import TraceControl

@Suite struct DefinitionTests {
  private let ownership = Ownership(name: "pmtrace")

  @Test(arguments: [
    ("p:grp/ev vfs_read a=$arg1", "grp:ev"), ("r16:grp/ev vfs_read", "grp:ev"),
    ("f:grp.ev vfs_read%return", "grp:ev"), ("s:synthetic/ev u64 a", "synthetic:ev"),
  ])
  func names(line: String, name: String) {
    #expect(DynamicEvent(line)?.name.description == name)
  }

  @Test(arguments: ["", "p", "p:", ":a/b", "p:ev place", "p:/ev place", "p:grp/ place", "-"])
  func whatIsNone(line: String) {
    #expect(DynamicEvent(line) == nil)
  }

  @Test func theMarkerIsTheLastArgument() throws {
    let probe = try #require(DynamicEvent("p:g/e  func a=$arg1"))
    #expect(probe.marked(ownership.marker(.run)) == #"p:g/e func a=$arg1 pmtrace=\1:u8"#)
    #expect(probe.marked(ownership.marker(.foreign)) == "p:g/e  func a=$arg1")
    let filtered = try #require(DynamicEvent("e:g/e sched.sched_switch a=$next_pid if prio < 5"))
    #expect(
      filtered.marked(ownership.marker(.installed))
        == #"e:g/e sched.sched_switch a=$next_pid pmtrace=\2:u8 if prio < 5"#)
  }

  @Test func theMarkerTellsTheOwner() throws {
    for owner in [Ownership.Owner.run, .installed, .foreign] {
      let event = try #require(DynamicEvent("p:g/e func"))
      let line = try #require(DynamicEvent(event.marked(ownership.marker(owner))))
      #expect(ownership.owner(of: line.words) == owner)
    }
    let other = try #require(DynamicEvent(#"p:g/e func pmtrace=\3:u8"#))
    #expect(ownership.owner(of: other.words) == .foreign)
  }

  @Test func namesOfInstances() {
    #expect(ownership.isInstanceName(ownership.instanceName(attempt: 0)))
    #expect(ownership.isInstanceName(ownership.instanceName(attempt: 2)))
    for name in ["pmtrace", "pmtrace-", "pmtrace-x", "pmtrace-1-", "other-1", "pmtrace-1-2-3"] {
      #expect(!ownership.isInstanceName(name), "\(name)")
    }
  }

  @Test func theKernelsReasons() {
    let first = """
      [  986.238845] trace_uprobe: error: There is already the exact same probe event
        Command: p:g/a /bin/true:0x1 pmtrace=\\1:u8
                 ^

      """
    let second = """
      [  986.239159] trace_fprobe: error: Invalid register name
        Command: f:g/b vfs_read a=%dddi:x64
                                  ^

      """
    let before = ErrorLog(first)
    let after = ErrorLog(first + "\n" + second)
    #expect(after.entries.count == 2)
    #expect(
      after.reason(for: "f:g/b vfs_read  a=%dddi:x64", notIn: before) == "Invalid register name")
    #expect(after.reason(for: "f:g/b vfs_read a=%dddi:x64", notIn: after) == nil)
    #expect(after.reason(for: "p:g/a /bin/true:0x1", notIn: before) == nil)
    #expect(
      ErrorLog(second).reason(for: "f:g/b x", notIn: before) == "Invalid register name",
      "where the kernel dropped the entry that was the last")
  }
}
