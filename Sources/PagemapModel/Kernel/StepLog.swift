#if DEBUG || PMTRACE_TESTS
  import Synchronization

  /// Which steps machines took while a test looked on.
  package final class StepLog: Sendable {
    /// The log of the test that runs; nil where none looks on.
    @TaskLocal package static var current: StepLog?

    private let taken = Mutex<Set<String>>([])

    package init() {}

    /// A machine took a step.
    func note(_ object: String, _ state: String, _ trigger: String) {
      taken.withLock { _ = $0.insert("\(object): \(state) --\(trigger)-->") }
    }

    /// The steps that were taken, as `drm_pagemap: active --release-->`.
    package var steps: Set<String> { taken.withLock { $0 } }
  }
#endif
