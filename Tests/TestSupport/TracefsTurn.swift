import Foundation
import Glibc

/// The right to add probes to tracefs under the kernel's own names, and to record as pmtrace does,
/// one holder on the machine at a time: the probes of two programs cannot have the same names, and
/// those of one stay while another records. Held as long as it lives.
///
/// The lock is on a folder of tracefs, so that it holds for all who share that, whatever their
/// temporary folder is; `Benchmarks/live` takes it, too.
package final class TracefsTurn: Sendable {
  private let descriptor: Int32

  /// The tracing directory; nil where there is none that can be used.
  package static let tracefs: String? = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].first {
    access("\($0)/dynamic_events", R_OK | W_OK) == 0 && access("\($0)/instances", W_OK) == 0
  }

  /// Waits until nobody else holds it.
  package init() throws {
    descriptor = try Self.open()
    while flock(descriptor, LOCK_EX) != 0 { try Self.expectInterrupt() }
  }

  /// The same for asynchronous tests, whose thread serves others meanwhile.
  package init() async throws {
    descriptor = try Self.open()
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK {
        try await Task.sleep(for: .milliseconds(5))
      } else {
        try Self.expectInterrupt()
      }
    }
  }

  deinit { close(descriptor) }

  private static func open() throws -> Int32 {
    let path = "\(tracefs ?? "/sys/kernel/tracing")/options"
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    return descriptor
  }

  /// Throws where it was no signal that ended the wait.
  private static func expectInterrupt() throws {
    if errno != EINTR { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  }
}
