package import Foundation

/// The program of `Tests/LiveTarget`, built for one test, and the uprobes on it.
///
/// To uprobes it is what drm_pagemap is to kernel probes: functions of the same names, events with
/// the same fields. It needs gcc, and tracefs to trace it.
package final class LiveTarget: Sendable {
  /// Why the program could not be built.
  package struct BuildFailure: Error, CustomStringConvertible {
    package var description: String
  }

  /// The folder that all of it is in, gone when the target is.
  package let folder: URL
  /// The program.
  package var program: String { folder.appending(path: "pagemap").path }
  /// The definitions of the uprobes on it, as `--probes` takes them.
  package var definitions: String { folder.appending(path: "pagemap.defs").path }

  /// Builds the program in a folder of its own.
  package init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "pmtrace-target-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = RepositoryFiles.url("Tests/LiveTarget/build")
    process.arguments = [folder.path]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let message = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BuildFailure(description: String(decoding: message, as: UTF8.self))
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The names of the events that the definitions make, `SYSTEM/NAME`.
  package var events: [String] {
    get throws {
      try String(contentsOfFile: definitions, encoding: .utf8).split(separator: "\n").compactMap {
        $0.hasPrefix("p:") ? String($0.dropFirst(2).prefix { $0 != " " }) : nil
      }
    }
  }
}
