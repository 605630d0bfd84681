/// Why an input cannot be analysed at all.
///
/// Its description is one line that names the byte offset, what was expected there and what to do.
package struct IngestError: Error, Hashable, Sendable {
  /// The reasons, open to growth.
  package struct Code: Hashable, Sendable {
    private enum Storage: Hashable {
      case unreadable, isDirectory, empty, notATrace, unsupportedVersion, unsupportedCompression
      case contradictoryHeader, truncatedHeader, ioFailure
    }
    private var storage: Storage
    private init(_ storage: Storage) { self.storage = storage }

    // MARK: - Error Codes

    /// The file cannot be opened.
    package static var unreadable: Self { Self(.unreadable) }
    /// The path names a directory.
    package static var isDirectory: Self { Self(.isDirectory) }
    /// The file holds no byte.
    package static var empty: Self { Self(.empty) }
    /// Neither a trace.dat nor ftrace text.
    package static var notATrace: Self { Self(.notATrace) }
    /// A trace.dat of a version that this reader does not know.
    package static var unsupportedVersion: Self { Self(.unsupportedVersion) }
    /// A compression that this reader does not know.
    package static var unsupportedCompression: Self { Self(.unsupportedCompression) }
    /// Header fields that contradict each other: page size, long size or byte order.
    package static var contradictoryHeader: Self { Self(.contradictoryHeader) }
    /// The file ends inside its header.
    package static var truncatedHeader: Self { Self(.truncatedHeader) }
    /// Reading failed in the middle.
    package static var ioFailure: Self { Self(.ioFailure) }
  }

  /// The kind of failure, for callers that treat them apart.
  package var code: Code
  /// Where in the input, in bytes from its start.
  package var offset: UInt64
  /// What was expected there and what was found instead.
  package var expectation: String
  /// What the user can do.
  package var advice: String

  package init(_ code: Code, offset: UInt64, expectation: String, advice: String) {
    self.code = code
    self.offset = offset
    self.expectation = expectation
    self.advice = advice
  }
}

extension IngestError: CustomStringConvertible {
  package var description: String { "byte \(offset): \(expectation); \(advice)" }
}
