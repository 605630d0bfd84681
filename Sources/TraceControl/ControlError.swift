/// Why the running kernel's tracing cannot be used as asked.
///
/// Its description is one line that names the file or the right that is missing and what to do.
package struct ControlError: Error, Hashable, Sendable {
  /// The reasons, open to growth.
  package struct Code: Hashable, Sendable {
    private enum Storage: Hashable {
      case notMounted, noPermission, lockedDown, unsupported, refused, noSuchEvent, inUse, ioFailure
    }
    private var storage: Storage
    private init(_ storage: Storage) { self.storage = storage }

    // MARK: - Error Codes

    /// There is no tracefs where it was looked for.
    package static var notMounted: Self { Self(.notMounted) }
    /// A right is missing.
    package static var noPermission: Self { Self(.noPermission) }
    /// The kernel is locked down.
    package static var lockedDown: Self { Self(.lockedDown) }
    /// The kernel lacks what is needed.
    package static var unsupported: Self { Self(.unsupported) }
    /// The kernel refused a definition or a setting.
    package static var refused: Self { Self(.refused) }
    /// There is no event of this name.
    package static var noSuchEvent: Self { Self(.noSuchEvent) }
    /// Somebody else uses it.
    package static var inUse: Self { Self(.inUse) }
    /// Reading or writing a file of tracefs failed.
    package static var ioFailure: Self { Self(.ioFailure) }
  }

  /// The kind of failure, for callers that treat them apart.
  package var code: Code
  /// What was expected, of which file, and what was found instead.
  package var problem: String
  /// What the user can do.
  package var advice: String

  package init(_ code: Code, _ problem: String, advice: String) {
    self.code = code
    self.problem = problem
    self.advice = advice
  }
}

extension ControlError: CustomStringConvertible {
  package var description: String { "\(problem); \(advice)" }
}
