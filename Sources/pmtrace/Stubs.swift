import Glibc
internal import PagemapEvents
internal import PagemapRules
internal import TraceIngest

// Stand-ins for the opener, the registry and the analyzer until those are there; this file goes then.

struct AnalysisOptions: Sendable {
  var failOn: Severity = .error
  var allowIncomplete = false
  var rules: Set<RuleID>?
}

enum RuleRegistry {
  static let all: [RuleMetadata] = [
    RuleMetadata(
      id: RuleID(1), slug: "leaked-pagemap-reference", title: "A pagemap's reference is never put",
      severity: .error, category: .leakReference, needs: [[.pagemapPut], [.pagemapInit]],
      kernels: "7.0 and later", invariant: "Every drm_pagemap_get is matched by a drm_pagemap_put.",
      kernelFunction: "drm_pagemap_put (drivers/gpu/drm/drm_pagemap.c)"),
    RuleMetadata(
      id: RuleID(2), slug: "leaked-device-page", title: "A device page outlives its process",
      severity: .error, category: .leakPage, needs: [[.folioFree, .freeZoneDeviceFolio]],
      kernels: "7.0 and later", invariant: "A device folio is freed before its mm is gone.",
      kernelFunction: "drm_pagemap_folio_free (drivers/gpu/drm/drm_pagemap.c)"),
  ]
}

enum Analyzer {
  static func analyze(
    _ reader: any TraceReader, path: String, options: AnalysisOptions,
    progress: ((UInt64) -> Void)?
  ) throws(IngestError) -> TraceAnalysis {
    TraceAnalysis(
      path: path, verdict: .inconclusive, reason: "no pagemap event in the trace", exitCode: 2)
  }
}

enum TraceOpener {
  final class Reader: TraceReader {
    let metadata = TraceMetadata(container: .text)
    let taskNames = TaskNames()
    let ledger = TraceLedger()
    func select(_ selection: EventSelection) {}
    func read(into batch: inout RecordBatch) throws(IngestError) -> Bool { false }
  }

  static func open(path: String) throws(IngestError) -> any TraceReader {
    let descriptor = path == "-" ? 0 : Glibc.open(path, O_RDONLY)
    var start = [UInt8](repeating: 0, count: 10)
    let count = Glibc.read(descriptor, &start, 10)
    let magic: [UInt8] = [0x17, 0x08, 0x44] + Array("tracing".utf8)
    guard count == 10, start == magic else {
      throw IngestError(
        .notATrace, offset: 0, expectation: "expected a trace.dat or ftrace text",
        advice: "record one with trace-cmd record")
    }
    return Reader()
  }
}
