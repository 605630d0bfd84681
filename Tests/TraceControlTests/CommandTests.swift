import Foundation
import Testing

@testable import TraceControl

/// Each of these has a process of its own. Signals are the process's, and so are the threads that tasks
/// run on, of which a command needs one: in a run of all tests, tests that wait keep them.
@Suite struct CommandTests {
  /// Waits as a synchronous loop does, by poll, on a thread of its own.
  private static func wait(for command: TracedCommand) async -> TracedCommand.State {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var descriptor = pollfd(fd: command.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&descriptor, 1, 300_000) == 1)
        continuation.resume(returning: command.state)
      }
    }
  }

  @Test func exitCodes() async {
    await #expect(processExitsWith: .success) {
      for code in [0, 1, 77] as [Int32] {
        let state = await Self.wait(for: try TracedCommand(["sh", "-c", "exit \(code)"]))
        #expect(state == .exited(code))
        #expect(state.isOver && state.exitCode == code)
      }
    }
  }

  @Test func notFound() async {
    await #expect(processExitsWith: .success) {
      for name in ["no-such-command-of-anyone", "/no/such/path", ""] {
        let state = await Self.wait(for: try TracedCommand([name]))
        #expect(state == .couldNotStart(ENOENT), "\(name)")
        #expect(state.exitCode == 127, "\(name)")
      }
    }
  }

  @Test func notToBeRun() async {
    await #expect(processExitsWith: .success) {
      for name in ["/etc/passwd", "/", "/etc/passwd/x"] {
        let state = await Self.wait(for: try TracedCommand([name]))
        #expect(state.exitCode == 126, "\(name): \(state)")
      }
    }
  }

  @Test func aTextWithoutInterpreter() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory.appending(path: "pmctl-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let file = folder.appending(path: "script").path
      try "exit 3\n".write(toFile: file, atomically: false, encoding: .utf8)
      chmod(file, 0o755)
      let state = await Self.wait(for: try TracedCommand([file]))
      #expect(state == .couldNotStart(ENOEXEC))
    }
  }

  @Test func wordsAreKept() async {
    await #expect(processExitsWith: .success) {
      let script = #"[ "$0" = zero ] && [ "$1" = "a  b" ] && [ $# = 2 ]"#
      let command = try TracedCommand(["sh", "-c", script, "zero", "a  b", ""])
      #expect(await Self.wait(for: command) == .exited(0))
    }
  }

  // MARK: Signals

  @Test func signalsArePassedOn() async {
    await #expect(processExitsWith: .success) {
      let command = try TracedCommand(["sleep", "600"])
      while command.state == .starting { try await Task.sleep(for: .milliseconds(1)) }
      #expect(command.state.exitCode == nil && !command.state.isOver)
      command.send(SIGTERM)
      let state = await Self.wait(for: command)
      #expect(state == .signalled(SIGTERM))
      #expect(state.exitCode == 128 + SIGTERM)
      command.send(SIGTERM)
    }
  }

  @Test func theChildHasItsSignals() async {
    await #expect(processExitsWith: .success) {
      let signals = try Signals.take([SIGUSR1])
      let script = """
        grep -q '^SigBlk:.*0000000000000000$' /proc/self/status && kill -USR1 $$; sleep 9
        """
      let command = try TracedCommand(["sh", "-c", script])
      #expect(await Self.wait(for: command) == .signalled(SIGUSR1))
      #expect(signals.next() == nil)
    }
  }

  /// nohup lets a hangup be ignored; an interrupt ends a recording also where a shell started it in
  /// the background.
  @Test func anIgnoredHangupStaysSo() async {
    await #expect(processExitsWith: .success) {
      signal(SIGHUP, SIG_IGN)
      let signals = try Signals.take([SIGHUP, SIGUSR1])
      raise(SIGHUP)
      #expect(signals.next() == nil)
    }
  }

  /// Also while the thread that waits for the command is there, which takes every signal.
  @Test func signalsAreReadFromTheDescriptor() async {
    await #expect(processExitsWith: .success) {
      let signals = try Signals.take([SIGUSR1, SIGUSR2])
      #expect(signals.next() == nil)
      let command = try TracedCommand(["sleep", "600"])
      while command.state == .starting { try await Task.sleep(for: .milliseconds(1)) }
      for _ in 0..<20 { kill(getpid(), SIGUSR2) }
      var descriptor = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
      while poll(&descriptor, 1, 300_000) < 0 && errno == EINTR {}
      #expect(signals.next() == SignalSource(number: SIGUSR2, isFromTerminal: false))
      command.send(SIGKILL)
      #expect(await Self.wait(for: command) == .signalled(SIGKILL))
    }
  }
}
