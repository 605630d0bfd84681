import Glibc
import PagemapDatabase
import PagemapDiff
import PagemapPolicy
import PagemapReport

/// The versions of the tool and of all that it prints for machines.
enum Versions {
  /// The tool's version, then a line for each schema.
  static let lines =
    ["pmtrace \(Pmtrace.version)"]
    + [
      Report.schema, StreamNDJSON.schema, ReplayJSON.schema, ReplayJSON.stepSchema,
      RuleCatalog.schema, ProbeReport.schema,
      ProbeList.schema, NDJSONReporter.schema, RunDifference.schema, BaselineFile.schema,
      DatabaseSchema.name,
    ]
}

/// Debian's package pcp ships an unrelated `pmtrace`.
enum OtherProgram {
  /// The first `pmtrace` in PATH where that is not this program.
  static func first() -> String? {
    guard let path = getenv("PATH") else { return nil }
    let own = real("/proc/self/exe")
    for folder in String(cString: path).split(separator: ":") {
      let candidate = "\(folder)/pmtrace"
      if access(candidate, X_OK) == 0 { return real(candidate) == own ? nil : candidate }
    }
    return nil
  }

  private static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
