import Glibc
import Testing
import TraceIngest

@testable import TraceControl

@Suite(.needsTracefs) struct InstanceTests {
  private func withInstance(
    _ test: String, _ body: (Corner, TraceInstance) throws -> Void
  ) throws {
    let corner = try Corner(test)
    let instance = try TraceInstance.create(in: corner.tracefs, ownership: corner.ownership)
    do { try body(corner, instance) } catch {
      try? instance.destroy()
      throw error
    }
    try instance.destroy()
    #expect(try corner.instances().isEmpty)
  }

  @Test func settings() throws {
    try withInstance("settings") { _, instance in
      var settings = InstanceSettings()
      settings.clock = "mono"
      settings.bufferKibibytes = 64
      settings.bufferPercent = 10
      settings.options["no_such_option"] = true
      settings.options["overwrite"] = false
      try instance.apply(settings)
      func text(_ file: String) throws -> String {
        String(decoding: try instance.read(file), as: UTF8.self)
      }
      #expect(try text("trace_clock").contains("[mono]"))
      // The kernel rounds to whole pages, of which each loses its header.
      let size = try #require(Int(text("buffer_size_kb").prefix { $0.isNumber }))
      #expect((64...72).contains(size), "\(size)")
      #expect(try text("buffer_percent") == "10\n")
      #expect(try text("options/overwrite") == "0\n")
      #expect(try text("tracing_on") == "0\n")
    }
  }

  @Test func settingsThatTheKernelRefuses() throws {
    try withInstance("refusals") { _, instance in
      func problem(_ change: (inout InstanceSettings) -> Void) -> ControlError? {
        var settings = InstanceSettings()
        change(&settings)
        return #expect(throws: ControlError.self) { try instance.apply(settings) }
      }
      let clock = problem { $0.clock = "mno" }
      #expect(clock?.description == "this kernel has no clock mno; the nearest is mono")
      #expect(problem { $0.clock = "sundial" }?.advice.hasPrefix("it has local, global, ") == true)
      #expect(problem { $0.bufferKibibytes = 0 }?.code == .refused)
      #expect(problem { $0.bufferKibibytes = 1 << 40 }?.code == .refused)
      #expect(problem { $0.bufferPercent = 101 }?.code == .refused)
      #expect(throws: ControlError.self) { try instance.write("1", to: "nothing") }
    }
  }

  @Test func secondInstanceOfAProcess() throws {
    try withInstance("second") { corner, first in
      let second = try TraceInstance.create(in: corner.tracefs, ownership: corner.ownership)
      #expect(second.name == "\(first.name)-2")
      try second.destroy()
      try second.destroy()
      #expect(try corner.instances() == [first.name])
    }
  }

  @Test func rawPipesAndClock() throws {
    try withInstance("pipes") { _, instance in
      let cpus = try instance.cpus()
      #expect(!cpus.isEmpty)
      let pipes = try instance.openRawPipes()
      #expect(pipes.map(\.cpu) == cpus)
      var byte: UInt8 = 0
      for pipe in pipes {
        #expect(read(pipe.descriptor, &byte, 1) == -1 && errno == EAGAIN, "it does not block")
      }
      let first = try instance.now()
      usleep(2000)
      let second = try instance.now()
      #expect(second >= first + 1_000_000 && second < first + 60_000_000_000)
    }
  }

  @Test func anInstanceThatIsReadIsNotGone() throws {
    try withInstance("read") { (corner, instance) throws in
      let reader = open("\(instance.directory)/per_cpu/cpu0/trace_pipe_raw", O_RDONLY | O_CLOEXEC)
      #expect(reader >= 0)
      let error = #expect(throws: ControlError.self) { try instance.destroy() }
      #expect(error?.code == .inUse)
      #expect(try corner.instances() == [instance.name])
      close(reader)
    }
  }

  @Test func unknownEventsAreNamed() throws {
    try withInstance("unknown") { _, instance in
      let error = #expect(throws: ControlError.self) {
        try instance.enable([EventName(system: "sched", event: "sched_swich")])
      }
      #expect(error?.code == .noSuchEvent)
      #expect(error?.advice == "the nearest is sched:sched_switch")
      #expect(throws: ControlError.self) { try instance.events(matching: "nothing:*") }
    }
  }

  @Test func ownThreadsStayOut() throws {
    try withInstance("notrace") { _, instance in
      try instance.hideOwnThreads()
      let event = EventName(system: "syscalls", event: "sys_enter_getppid")
      try instance.enable([event])
      try instance.turnOn()
      for _ in 0..<100 { _ = getppid() }
      try instance.turnOff()
      let own = getpid()
      let text = String(decoding: try instance.read("trace"), as: UTF8.self)
      #expect(!text.contains("-\(own) "), "not even one of \(own)")
      let listed = String(decoding: try instance.read("set_event_notrace_pid"), as: UTF8.self)
      #expect(listed.split(separator: "\n").contains("\(own)"))
    }
  }

  @Test func itsRecordingIsDescribed() throws {
    try withInstance("metadata") { _, instance in
      let events = try instance.events(matching: "sched:sched_wak*")
      let text = try instance.description(of: events, symbols: .modules(["no_such_module"]))
      #expect(String(decoding: text.headerPage, as: UTF8.self).contains("field: u64 timestamp;"))
      #expect(!text.headerEvent.isEmpty)
      #expect(text.formats.count { $0.system == "sched" } == events.count)
      #expect(
        text.formats.contains {
          $0.system == "ftrace" && String(decoding: $0.text, as: UTF8.self).contains("kernel_stack")
        })
      #expect(text.symbols.isEmpty)
      #expect(text.uname.hasPrefix("Linux "))
      #expect(text.uname.split(separator: " ").count == 4)
      #expect(text.clock == "local")
      #expect(try text.cpuCount == (instance.cpus().max() ?? 0) + 1)
    }
  }

  @Test func symbolsOfTheWholeKernel() throws {
    let tracefs = try Tracefs.locate()
    #expect(tracefs.symbols(.all).count > 1000)
    #expect(tracefs.symbols(.none).isEmpty)
  }
}
