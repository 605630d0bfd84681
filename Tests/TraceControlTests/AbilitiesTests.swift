import Foundation
import Testing

@testable import TraceControl

/// What a kernel lacks is told line by line, with what works without it.
@Suite struct AbilitiesTests {
  let machine: FakeMachine

  init() throws {
    machine = try FakeMachine()
    try machine.addTracefs()
  }

  private func abilities(_ view: KernelView? = nil) throws -> TraceAbilities {
    try Tracefs.locate(kernel: view ?? machine.view()).abilities
  }

  private func limits(_ view: KernelView? = nil) throws -> [String] {
    try abilities(view).limits.map { $0.description.replacing(machine.root.path, with: "") }
  }

  @Test func aRecentKernelHasAll() throws {
    let abilities = try abilities()
    #expect(abilities.dynamicEvents && abilities.kprobes && abilities.fprobes && abilities.uprobes)
    #expect(abilities.namedArguments && abilities.typecasts && abilities.stackTriggers)
    #expect(abilities.clocks == ["local", "global", "mono"])
    #expect(abilities.lockdown == nil)
    #expect(abilities.limits.isEmpty)
  }

  @Test func noDynamicEvents() throws {
    try machine.remove("sys/kernel/tracing/dynamic_events")
    #expect(
      try limits() == [
        "/sys/kernel/tracing/dynamic_events is not there: this kernel takes no probes; boot a "
          + "kernel with CONFIG_DYNAMIC_EVENTS, or record its own events by --event"
      ])
    let tracefs = try Tracefs.locate(kernel: machine.view())
    #expect(throws: ControlError.self) { try Prober(tracefs).check([]) }
    #expect(throws: ControlError.self) { try DynamicEvents(tracefs).list() }
  }

  @Test func noFprobes() throws {
    try machine.add(["sys/kernel/tracing/README": "[(structname[,field])]<argname>"])
    #expect(
      try limits() == [
        "/sys/kernel/tracing/README knows no fprobe: no probes of functions by `f:`; "
          + "definitions by kprobe (`p:`, `r:`) work; else boot one with CONFIG_FPROBE_EVENTS"
      ])
  }

  @Test func neitherFprobesNorKprobes() throws {
    try machine.add(["sys/kernel/tracing/README": ""])
    try machine.remove("sys/kernel/tracing/kprobe_events")
    #expect(
      try limits() == [
        "/sys/kernel/tracing/README knows no fprobe: no probes of functions by `f:`; "
          + "boot a kernel with CONFIG_FPROBE_EVENTS",
        "/sys/kernel/tracing/kprobe_events is not there: no probes by kprobe; "
          + "boot a kernel with CONFIG_KPROBE_EVENTS",
      ])
  }

  @Test func noBTF() throws {
    try machine.remove("sys/kernel/btf/vmlinux")
    #expect(
      try limits() == [
        "/sys/kernel/btf/vmlinux is not there: no arguments by name; definitions by offsets "
          + "work; else boot a kernel with CONFIG_DEBUG_INFO_BTF"
      ])
    #expect(try !abilities().namedArguments)
  }

  @Test func lockdownThatLeavesTracefs() throws {
    try machine.add(["sys/kernel/security/lockdown": "none [integrity] confidentiality\n"])
    #expect(
      try limits() == [
        "the kernel is locked down (integrity): it may refuse probes; "
          + "see /sys/kernel/security/lockdown"
      ])
  }

  @Test func missingRights() throws {
    let events = "\(machine.tracing)/dynamic_events"
    let line =
      "changing /sys/kernel/tracing/dynamic_events is not allowed to this user; run as root, or "
      + "let a group: chgrp GROUP /sys/kernel/tracing/dynamic_events && chmod g+rw "
      + "/sys/kernel/tracing/dynamic_events"
    #expect(try limits(machine.view(denied: [events])) == [line])
    let instances = "\(machine.tracing)/instances"
    let tracefs = try Tracefs.locate(kernel: machine.view(denied: [instances]))
    let error = #expect(throws: ControlError.self) { try TraceInstance.create(in: tracefs) }
    #expect(
      error?.description.replacing(machine.root.path, with: "")
        == "making a directory in /sys/kernel/tracing/instances is not allowed to this user; run "
        + "as root, or let the program: setcap cap_dac_override+ep \"$(command -v pmtrace)\"")
    #expect(error?.code == .noPermission)
  }
}
