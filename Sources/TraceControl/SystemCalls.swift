import CTraceFS
import Glibc

/// System calls that the C library's Swift module leaves out; `CTraceFS` includes their headers.
enum SystemCalls {
  /// The magic number of the file system that a path is on (linux/magic.h), or the error number.
  @Sendable static func magic(of path: String) -> Result<Int, KernelView.Errno> {
    var status = statfs()
    guard statfs(path, &status) == 0 else { return .failure(KernelView.Errno(errno)) }
    return .success(Int(status.f_type))
  }

  /// A descriptor that is readable once something was written to it; -1 and `errno` without one.
  static func eventDescriptor() -> Int32 {
    eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
  }

  /// A descriptor that blocked signals are read from; -1 and `errno` without one.
  static func signalDescriptor(_ signals: sigset_t) -> Int32 {
    var signals = signals
    return signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
  }

  /// The next signal of a signal descriptor; nil where none came.
  static func nextSignal(of descriptor: Int32) -> SignalSource? {
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    while true {
      let count = read(descriptor, &info, size)
      if count == size {
        return SignalSource(
          number: Int32(bitPattern: info.ssi_signo), isFromTerminal: info.ssi_code == SI_KERNEL)
      }
      if count < 0 && errno == EINTR { continue }
      return nil
    }
  }
}

/// A signal that came.
package struct SignalSource: Hashable, Sendable {
  /// Its number.
  package var number: Int32
  /// Whether the kernel sent it, as it does for a key of the terminal, and not a process.
  package var isFromTerminal: Bool
}
