import Foundation
import Testing

/// Compares bytes with a file of the folder `Goldens`.
///
/// `PMTRACE_UPDATE_GOLDENS=1` in the environment writes the files anew; look at the difference
/// before it is committed.
func expectGolden(
  _ bytes: [UInt8], _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let url = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Goldens/\(name).golden")
  if ProcessInfo.processInfo.environment["PMTRACE_UPDATE_GOLDENS"] == "1" {
    try Data(bytes).write(to: url)
  }
  let wanted = String(decoding: try Data(contentsOf: url), as: UTF8.self)
  let found = String(decoding: bytes, as: UTF8.self)
  if found == wanted { return }
  let lines = zip(found.split(separator: "\n"), wanted.split(separator: "\n"))
  let first = lines.first { $0 != $1 }
  Issue.record(
    """
    \(name).golden differs; first in
      found:  \(first?.0 ?? "(one is longer)")
      wanted: \(first?.1 ?? "(one is longer)")
    """, sourceLocation: sourceLocation)
}
