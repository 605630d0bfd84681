import Foundation
import Testing

@testable import TraceControl

@Suite(.serialized) struct CommandTests {
  /// Waits as a synchronous loop does, by poll, on a thread of its own: the tests' threads are those
  /// that the command's task needs.
  private func wait(for command: TracedCommand) async -> TracedCommand.State {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var descriptor = pollfd(fd: command.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&descriptor, 1, 300_000) == 1)
        continuation.resume(returning: command.state)
      }
    }
  }

  @Test(arguments: [0, 1, 77]) func exitCodes(code: Int32) async throws {
    let state = await wait(for: try TracedCommand(["sh", "-c", "exit \(code)"]))
    #expect(state == .exited(code))
    #expect(state.isOver && state.exitCode == code)
  }

  @Test(arguments: ["no-such-command-of-anyone", "/no/such/path", ""])
  func notFound(name: String) async throws {
    let state = await wait(for: try TracedCommand([name]))
    #expect(state == .couldNotStart(ENOENT))
    #expect(state.exitCode == 127)
  }

  @Test(arguments: ["/etc/passwd", "/", "/etc/passwd/x"]) func notToBeRun(name: String) async throws
  {
    let state = await wait(for: try TracedCommand([name]))
    #expect(state.exitCode == 126, "\(state)")
  }

  @Test func wordsAreKept() async throws {
    let script = #"[ "$0" = zero ] && [ "$1" = "a  b" ] && [ $# = 2 ]"#
    #expect(
      await wait(for: try TracedCommand(["sh", "-c", script, "zero", "a  b", ""])) == .exited(0))
  }

  @Test func signalsArePassedOn() async throws {
    let command = try TracedCommand(["sleep", "60"])
    while command.state == .starting { try await Task.sleep(for: .milliseconds(1)) }
    #expect(command.state.exitCode == nil && !command.state.isOver)
    command.send(SIGTERM)
    let state = await wait(for: command)
    #expect(state == .signalled(SIGTERM))
    #expect(state.exitCode == 128 + SIGTERM)
    command.send(SIGTERM)
  }

  @Test func theChildHasItsSignals() async throws {
    let signals = try Signals.take([SIGUSR1])
    let script = """
      grep -q '^SigBlk:.*0000000000000000$' /proc/self/status && kill -USR1 $$; sleep 9
      """
    #expect(await wait(for: try TracedCommand(["sh", "-c", script])) == .signalled(SIGUSR1))
    #expect(signals.next() == nil)
  }

  /// nohup lets a hangup be ignored; an interrupt ends a recording also where a shell started it in
  /// the background.
  @Test func anIgnoredHangupStaysSo() throws {
    signal(SIGHUP, SIG_IGN)
    defer { signal(SIGHUP, SIG_DFL) }
    let signals = try Signals.take([SIGHUP, SIGUSR1])
    raise(SIGHUP)
    #expect(signals.next() == nil)
  }

  @Test func aTextWithoutInterpreter() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pmctl-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "script").path
    try "exit 3\n".write(toFile: file, atomically: false, encoding: .utf8)
    chmod(file, 0o755)
    #expect(await wait(for: try TracedCommand([file])) == .couldNotStart(ENOEXEC))
  }

  /// Also while the thread that waits for the command is there, which takes every signal.
  @Test func signalsAreReadFromTheDescriptor() async throws {
    let signals = try Signals.take([SIGUSR1, SIGUSR2])
    #expect(signals.next() == nil)
    let command = try TracedCommand(["sleep", "60"])
    while command.state == .starting { try await Task.sleep(for: .milliseconds(1)) }
    for _ in 0..<20 { kill(getpid(), SIGUSR2) }
    var descriptor = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&descriptor, 1, 1000) < 0 && errno == EINTR {}
    #expect(signals.next() == SignalSource(number: SIGUSR2, isFromTerminal: false))
    command.send(SIGKILL)
    #expect(await wait(for: command) == .signalled(SIGKILL))
  }
}
