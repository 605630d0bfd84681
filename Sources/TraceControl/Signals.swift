import Glibc
import Synchronization

/// Signals that end a run, to be read from a descriptor instead of ending the process.
///
/// They are caught, not blocked and read by signalfd: the thread that waits for a command's end
/// (Subprocess) takes every signal, whatever the mask, and would let it end the process. So calls that
/// wait may answer `EINTR`; others are restarted. One at a time.
package struct Signals: ~Copyable {
  /// Readable (poll) when one of the signals came.
  package let descriptor: Int32
  private let entrance: Int32
  private let previous: [(signal: Int32, action: sigaction)]

  /// Where the handler writes to.
  private static let target = Atomic<Int32>(-1)

  /// Catches the signals from now on. One that is ignored (nohup) stays so, except for SIGINT,
  /// which shells ignore for what runs in the background.
  ///
  /// - Throws: `ControlError` of code `ioFailure`.
  package static func catching(
    _ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP]
  ) throws(ControlError) -> Signals {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ControlError.system("opening", "a pipe", errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    target.store(ends[1], ordering: .sequentiallyConsistent)
    return Signals(ends, signals)
  }

  private init(_ ends: [Int32], _ signals: [Int32]) {
    descriptor = ends[0]
    entrance = ends[1]
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { Signals.note($0) }
    action.sa_flags = SA_RESTART
    var previous: [(signal: Int32, action: sigaction)] = []
    for signal in signals {
      var before = sigaction()
      guard sigaction(signal, nil, &before) == 0 else { continue }
      if signal != SIGINT && before.isIgnoring { continue }
      if sigaction(signal, &action, nil) == 0 { previous.append((signal, before)) }
    }
    self.previous = previous
  }

  /// The handler: only what may be done in one.
  private static func note(_ signal: Int32) {
    let number = errno
    var byte = UInt8(truncatingIfNeeded: signal)
    _ = write(target.load(ordering: .sequentiallyConsistent), &byte, 1)
    errno = number
  }

  /// The next signal that came; nil where there is none.
  package func next() -> Int32? {
    var byte: UInt8 = 0
    while true {
      let count = read(descriptor, &byte, 1)
      if count == 1 { return Int32(byte) }
      if count < 0 && errno == EINTR { continue }
      return nil
    }
  }

  deinit {
    for (signal, action) in previous {
      var action = action
      sigaction(signal, &action, nil)
    }
    Self.target.store(-1, ordering: .sequentiallyConsistent)
    close(descriptor)
    close(entrance)
  }
}

extension sigaction {
  fileprivate var isIgnoring: Bool {
    unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
