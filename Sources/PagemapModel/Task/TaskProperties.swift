import PagemapEvents

extension ObjectSnapshot.Kind {
  package static let task = Self("task")
}

extension TaskRoom: Room {
  static var kinds: [any ObjectKind] { [tasks] }

  // The entry or return of a call is what the event itself says: no difference tells it.
  private static let tasks = ObjectDescription<KnownTask>(
    kind: .task, array: "tasks", title: "Tasks in modelled calls", isOfTasks: true,
    isCompared: false,
    all: { $0.tasks.all.map(\.key.address) },
    find: { mirror, task in
      TaskKey(address: task).flatMap { key in
        mirror.tasks[key].map { KnownTask(key: key, state: $0) }
      }
    },
    live: { $0.tasks.callers.count },
    properties: [
      .init(name: "calls", label: "calls") { task, _, _ in
        .calls(task.state.calls.map(\.shown))
      },
      .address("lookup", "looks up in cache") { $0.state.lookup?.cache },
      .address("found", "found") { $0.state.lookup?.result },
      .address("creating", "creates pagemap") { $0.state.creating },
      .address("joining", "fills the slots of peer") { $0.state.joining },
      .value("pass", "pages of its migration are") { task, mirror, _ in
        mirror.stateOfPass(of: task.key).map { .word($0) }
      },
    ])

  /// A task and what it is in.
  private struct KnownTask: Sendable {
    var key: TaskKey
    var state: TaskState
  }
}

extension KernelMirror {
  /// Where the pages are that a task migrates; nil where it holds none.
  fileprivate func stateOfPass(of task: TaskKey) -> String? {
    guard let pass = migrations.pass(of: task), pass.state != .idle else { return nil }
    return MigrationPass.machine.name(of: pass.state)
  }
}

extension OpenCall {
  /// The call as a snapshot shows it.
  fileprivate var shown: SnapshotValue.Call {
    .init(
      function: kind.origin.function, object: object == 0 ? nil : object, entry: note.evidence())
  }
}
