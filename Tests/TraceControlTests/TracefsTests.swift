import Foundation
import Testing

@testable import TraceControl

/// Each way in which there is no usable tracefs has a line of its own.
@Suite struct TracefsTests {
  let machine: FakeMachine

  init() throws { machine = try FakeMachine() }

  /// The error of looking for a tracefs, its paths shortened.
  private func failure(
    _ directory: String? = nil, _ view: KernelView
  ) -> (code: ControlError.Code, text: String)? {
    do throws(ControlError) {
      _ = try Tracefs.locate(directory, kernel: view)
      return nil
    } catch {
      return (error.code, error.description.replacing(machine.root.path, with: ""))
    }
  }

  @Test func foundWhereItUsuallyIs() throws {
    try machine.addTracefs()
    let tracefs = try Tracefs.locate(kernel: machine.view())
    #expect(tracefs.directory == machine.tracing)
  }

  @Test func foundBelowDebugfs() throws {
    let path = "\(machine.sys)/kernel/debug/tracing"
    try machine.add([
      "sys/kernel/debug/tracing/events/": "", "sys/kernel/debug/tracing/instances/": "",
    ])
    let view = machine.view(mounts: [path: KernelView.tracefsMagic])
    #expect(try Tracefs.locate(kernel: view).directory == path)
  }

  @Test func foundWhereTheMountsSay() throws {
    let path = "\(machine.root.path)/else where"
    try machine.add(["else where/events/": "", "else where/instances/": ""])
    let mount = path.replacing(" ", with: "\\040")
    try machine.add(["proc/mounts": "proc /proc proc rw 0 0\nnodev \(mount) tracefs rw 0 0\n"])
    let view = machine.view(mounts: [path: KernelView.tracefsMagic])
    #expect(try Tracefs.locate(kernel: view).directory == path)
  }

  @Test func foundWhereTheUserSays() throws {
    try machine.addTracefs()
    let tracefs = try Tracefs.locate(machine.tracing + "//", kernel: machine.view())
    #expect(tracefs.directory == machine.tracing)
  }

  @Test func notMounted() throws {
    let error = try #require(failure(nil, machine.view(mounts: [:])))
    #expect(error.code == .notMounted)
    #expect(
      error.text == "no tracefs is mounted at /sys/kernel/tracing or anywhere else; "
        + "mount it: mount -t tracefs nodev /sys/kernel/tracing")
  }

  @Test func kernelWithoutTracing() throws {
    try machine.remove("sys/kernel/tracing")
    let error = try #require(failure(nil, machine.view(mounts: [:])))
    #expect(error.code == .unsupported)
    #expect(
      error.text == "/sys/kernel/tracing is not there: this kernel is built without tracing; "
        + "boot a kernel with CONFIG_FTRACE and CONFIG_DYNAMIC_EVENTS")
  }

  @Test func mountedButNotForThisUser() throws {
    try machine.addTracefs()
    let expected =
      "/sys/kernel/tracing may not be read by this user; run as root, or let a group in: "
      + "mount -o remount,gid=GROUP,mode=750 /sys/kernel/tracing"
    for view in [
      machine.view(denied: [machine.tracing]), machine.view(mounts: [:], hidden: [machine.tracing]),
    ] {
      let error = try #require(failure(nil, view))
      #expect(error.code == .noPermission)
      #expect(error.text == expected)
    }
  }

  @Test func lockedDown() throws {
    try machine.add(["sys/kernel/security/lockdown": "none integrity [confidentiality]\n"])
    let error = try #require(failure(nil, machine.view()))
    #expect(error.code == .lockedDown)
    #expect(
      error.text == "/sys/kernel/tracing is empty: the kernel is locked down (confidentiality); "
        + "boot without lockdown=confidentiality; see /sys/kernel/security/lockdown")
  }

  @Test func emptyWithoutLockdown() throws {
    try machine.add(["sys/kernel/security/lockdown": "[none] integrity confidentiality\n"])
    let error = try #require(failure(nil, machine.view()))
    #expect(error.code == .unsupported)
    #expect(error.text.hasPrefix("/sys/kernel/tracing/events is not there: "))
  }

  @Test func namedDirectoryIsNoTracefs() throws {
    let folder = machine.root.path
    let magic = [folder: 0xEF53, machine.sys: KernelView.debugfsMagic]
    let view = machine.view(mounts: magic, hidden: [machine.proc])
    #expect(failure(folder, view)?.text.hasPrefix(" is not a tracefs; name the directory") == true)
    #expect(
      failure(machine.sys, view)?.text
        == "/sys is debugfs, not its tracing directory; name /sys/tracing")
    #expect(
      failure("/nowhere", view)?.text
        == "/nowhere cannot be used: No such file or directory; name the directory where tracefs "
        + "is mounted, usually /sys/kernel/tracing")
    #expect(failure(machine.proc, view)?.code == .noPermission)
  }
}
