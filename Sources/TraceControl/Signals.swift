import Glibc

/// Signals that end a run, to be read from a descriptor instead of interrupting it.
///
/// Make it before the process has other threads: they inherit the mask.
package struct Signals: ~Copyable {
  /// Readable (poll) when one of the signals came.
  package let descriptor: Int32
  private let previous: sigset_t

  /// Blocks the signals from now on.
  ///
  /// - Throws: `ControlError` of code `ioFailure`.
  package static func block(
    _ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP]
  ) throws(ControlError) -> Signals {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    var previous = sigset_t()
    guard pthread_sigmask(SIG_BLOCK, &set, &previous) == 0 else {
      throw ControlError.system("blocking", "signals", errno)
    }
    let descriptor = SystemCalls.signalDescriptor(set)
    guard descriptor >= 0 else { throw ControlError.system("opening", "a signalfd", errno) }
    return Signals(descriptor: descriptor, previous: previous)
  }

  private init(descriptor: Int32, previous: sigset_t) {
    self.descriptor = descriptor
    self.previous = previous
  }

  /// The next signal that came; nil where there is none.
  package func next() -> SignalSource? {
    SystemCalls.nextSignal(of: descriptor)
  }

  /// What came and was not read is delivered now.
  deinit {
    close(descriptor)
    var mask = previous
    pthread_sigmask(SIG_SETMASK, &mask, nil)
  }
}
