import PagemapEvents
import PagemapModel
import TraceWords

/// A call that does not give up.
struct OverlongCall: BreachRule {
  static let interests: ObservationSet = .breaches
  static let metadata = RuleMetadata(
    id: RuleID(53), slug: "overlong-call", title: "call took longer than its own bound",
    severity: .warning, category: .livelock,
    needs: [[.getPages, .rangeEvict], [.getPagesReturn, .rangeEvictReturn]],
    kernels: "7.0 and later",
    invariant: "drm_gpusvm_get_pages and drm_gpusvm_range_evict give up after "
      + "HMM_RANGE_DEFAULT_TIMEOUT (1000 ms) and one attempt",
    kernelFunction: "drm_gpusvm_get_pages, drm_gpusvm_range_evict "
      + "(drivers/gpu/drm/drm_gpusvm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R65"],
    why: "a GPU fault that is not answered resets the engine",
    looksLike: "more than the threshold call-time (2 s by default) between entry and return",
    lookAlikes: [
      "retries within the time: an invalidation makes the call start over"
    ],
    history: [
      HistoricalFix(
        "9fb1f1256e41", "drm/gpusvm: Limit the number of retries in drm_gpusvm_get_pages"),
      HistoricalFix("", "drm/amdgpu: drop retry loop in amdgpu_hmm_range_get_pages"),
    ])

  func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .breach(let breach) = observation, breach.rule == Self.metadata.id.number,
      UInt64(clamping: breach.found) >= context.thresholds.callTime
    else { return }
    Self.report(breach, context)
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    let time: Sentence = "\(duration: UInt64(clamping: breach.found))"
    return BreachWords(
      title: "call took \(time)", remark: "returns after \(time)",
      explanation: ["it gives up after one second and one attempt, and took \(time)"],
      advice: "look for what invalidates the range again and again, or holds its pages locked")
  }

  static let looks = [
    Look.before(.getPagesReturn) { look(.getPages, &$0, $1, &$2) },
    Look.before(.rangeEvictReturn) { look(.rangeEvict, &$0, $1, &$2) },
  ]

  /// `HMM_RANGE_DEFAULT_TIMEOUT` and one attempt more, in nanoseconds: what takes longer may break
  /// the rule.
  private static let longTime: UInt64 = 1_100_000_000

  private static func look(
    _ entry: PagemapEvent.Kind, _ mirror: inout KernelMirror,
    _ event: borrowing PagemapEvent, _ objections: inout Objections
  ) {
    guard let call = mirror.tasks.call(of: TaskKey(event), where: { $0.kind == entry }),
      event.timestamp > call.note.time, event.timestamp - call.note.time > longTime
    else { return }
    let kind: ObjectReference.Kind = event.svmPages == nil ? .svmRange : .svmPages
    var breach = Breach(
      0, ObjectReference(kind: kind, address: call.object, epoch: 1), .event(event.sequence),
      note: EventNote(event, .range, .svmPages, .result), since: call.note, "the call begins")
    breach.found = Int64(clamping: event.timestamp - call.note.time)
    objections.report(breach)
  }
}
