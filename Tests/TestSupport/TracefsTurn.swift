import Foundation

/// The right to add probes to tracefs under the kernel's own names, one holder on the machine at a
/// time: the probes of two programs cannot have the same names. Held as long as it lives.
package final class TracefsTurn: Sendable {
  private let descriptor: Int32

  /// Waits until nobody else holds it.
  package init() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "pmtrace-tests.lock").path
    descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
      throw POSIXError(.init(rawValue: errno) ?? .EIO)
    }
  }

  deinit { close(descriptor) }
}
