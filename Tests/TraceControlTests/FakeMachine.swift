import Foundation

@testable import TraceControl

/// A machine made of files in a temporary folder, for what this one does not show.
final class FakeMachine: Sendable {
  let root: URL
  let sys: String
  let proc: String
  var tracing: String { "\(sys)/kernel/tracing" }

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "pmctl-\(UUID().uuidString)")
    sys = root.appending(path: "sys").path
    proc = root.appending(path: "proc").path
    try FileManager.default.createDirectory(
      atPath: "\(sys)/kernel/tracing", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: proc, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  /// Writes files, named from `root`; a path that ends in a slash makes a folder.
  func add(_ files: [String: String]) throws {
    for (path, text) in files {
      let url = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: path.hasSuffix("/") ? url : url.deletingLastPathComponent(),
        withIntermediateDirectories: true)
      if !path.hasSuffix("/") { try text.write(to: url, atomically: false, encoding: .utf8) }
    }
  }

  /// A tracefs with all that a recent kernel has.
  func addTracefs() throws {
    try add([
      "sys/kernel/tracing/events/sched/sched_switch/format": "",
      "sys/kernel/tracing/events/sched/sched_waking/format": "",
      "sys/kernel/tracing/events/kmem/kfree/format": "",
      "sys/kernel/tracing/instances/": "",
      "sys/kernel/tracing/dynamic_events": "",
      "sys/kernel/tracing/kprobe_events": "",
      "sys/kernel/tracing/uprobe_events": "",
      "sys/kernel/tracing/error_log": "",
      "sys/kernel/tracing/trace_clock": "[local] global mono\n",
      "sys/kernel/tracing/README": Self.readme,
      "sys/kernel/btf/vmlinux": "",
    ])
  }

  func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: root.appending(path: path))
  }

  /// The machine as the product asks it.
  ///
  /// - Parameters:
  ///   - mounts: the magic numbers of the paths that exist; others are not there.
  ///   - hidden: paths that may not even be looked at.
  ///   - denied: paths that may not be used.
  func view(
    mounts: [String: Int]? = nil, hidden: Set<String> = [], denied: Set<String> = []
  ) -> KernelView {
    let mounts = mounts ?? [tracing: KernelView.tracefsMagic]
    var view = KernelView()
    view.sys = sys
    view.proc = proc
    view.magic = { path in
      if hidden.contains(path) { return .failure(KernelView.Errno(EACCES)) }
      return mounts[path].map { .success($0) } ?? .failure(KernelView.Errno(ENOENT))
    }
    view.mayUse = { path, _ in !denied.contains(path) }
    return view
  }

  static let readme = """
    \t           f[:[<group>/][<event>]] <func-name>[%return] [<args>]
    \t           [(structname[,field])]<argname>[->field[->field|.field...]],
    \t            stacktrace
    """
}
