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
}
