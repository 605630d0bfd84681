import Foundation
import Glibc

/// Files of tracefs, whose size is told as 0 and of which a read gives a page at most: Foundation
/// would take the first page for all.
package enum TracefsText {
  /// The whole of a file; nil where it cannot be read.
  package static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var page = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = Glibc.read(descriptor, &page, page.count), count > 0 {
      bytes += page.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
