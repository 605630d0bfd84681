import Glibc

/// How a program tells what is its own in tracefs: by names and a marker, without a file of state.
package struct Ownership: Hashable, Sendable {
  /// The start of instances' names (`pmtrace-PID`) and the name of the marker argument.
  package let name: String

  /// - Parameter name: a C identifier.
  package init(name: String) { self.name = name }

  /// What pmtrace owns.
  package static let pmtrace = Ownership(name: "pmtrace")

  /// Who put a probe there.
  package enum Owner: Hashable, Sendable {
    /// A run: the probe goes when no live run is left.
    case run
    /// `probes install`: the probe stays until `probes remove`.
    case installed
    /// The user or another program: it is used as it is and never removed.
    case foreign
  }

  /// The argument that marks a probe; nil for a foreign one.
  func marker(_ owner: Owner) -> String? {
    switch owner {
    case .run: "\(name)=\\1:u8"
    case .installed: "\(name)=\\2:u8"
    case .foreign: nil
    }
  }

  /// The owner that a definition's arguments tell.
  func owner<Words: Sequence>(of arguments: Words) -> Owner where Words.Element == Substring {
    for word in arguments {
      if word == "\(name)=\\1:u8" { return .run }
      if word == "\(name)=\\2:u8" { return .installed }
    }
    return .foreign
  }

  /// The first name that an instance of this process may have, and the following ones.
  func instanceName(attempt: Int) -> String {
    attempt == 0 ? "\(name)-\(getpid())" : "\(name)-\(getpid())-\(attempt + 1)"
  }

  /// Whether an instance's name is one that `instanceName` gives: NAME-PID or NAME-PID-NUMBER.
  func isInstanceName(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, parts[0] == name else { return false }
    return parts.dropFirst().allSatisfy {
      !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber }
    }
  }

  /// The process of a script that recorded without pmtrace, by the name of its instance:
  /// NAME-script-PID. A shell need not have flock: such an instance lives as long as its process.
  func script(ofInstance text: String) -> Int32? {
    let start = "\(name)-script-"
    return text.hasPrefix(start) ? Int32(text.dropFirst(start.count)) : nil
  }
}
