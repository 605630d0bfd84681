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

  /// The folder that all of it is in, which `remove()` takes away.
  package let folder: URL
  /// The program.
  package var program: String { folder.appending(path: "pagemap").path }
  /// The definitions of the uprobes on it, as `--probes` takes them.
  package var definitions: String { folder.appending(path: "pagemap.defs").path }

  /// A few of them, for tests that are not about what is found: the kernel takes its time to take
  /// each one off. They tell a lookup without its lock, and no leak.
  package var fewDefinitions: String { folder.appending(path: "few.defs").path }
  /// Those of one function, for tests that hardly record.
  package var twoDefinitions: String { folder.appending(path: "two.defs").path }

  private static let few: Set<String> = [
    "drm_pagemap_init", "drm_pagemap_init_ret", "drm_pagemap_reinit_ret", "drm_pagemap_put",
    "drm_pagemap_put_ret", "drm_pagemap_release", "drm_pagemap_destroy",
    "drm_pagemap_shrinker_cancel_ret", "drm_pagemap_cache_lock_lookup",
    "drm_pagemap_cache_lock_lookup_ret",
    "drm_pagemap_get_from_cache", "drm_pagemap_get_from_cache_ret",
    "drm_pagemap_cache_unlock_lookup", "drm_pagemap_cache_set_pagemap",
    "drm_pagemap_acquire_owner_ret", "drm_pagemap_release_owner", "drm_pagemap_migrate_to_devmem",
    "drm_pagemap_migrate_to_devmem_ret", "zone_device_page_init", "drm_pagemap_folio_free",
    "drm_pagemap_zdd_destroy", "exit_mmap",
  ]

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
    try pick(Self.few, to: fewDefinitions)
    try pick(["drm_pagemap_put", "drm_pagemap_put_ret"], to: twoDefinitions)
  }

  /// Takes the folder away.
  package func remove() { try? FileManager.default.removeItem(at: folder) }

  /// Writes the definitions of some events.
  private func pick(_ names: Set<String>, to path: String) throws {
    let all = try String(contentsOfFile: definitions, encoding: .utf8)
    let lines = all.split(separator: "\n").filter { line in
      let name = line.prefix { $0 != " " }.split(separator: "/").last
      return name.map { names.contains(String($0)) } ?? false
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
  }
}
