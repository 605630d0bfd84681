import PagemapEvents
import PagemapModel
import TraceWords

/// A range that ends twice.
struct RangeRemovedTwice: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(50), slug: "range-removed-twice", title: "range removed or put once too often",
    severity: .error, category: .refcountUnderflow,
    needs: [[.rangeRemove, .rangePut], [.rangeFindOrInsertReturn]],
    kernels: "7.0 and later",
    invariant: "a range is taken out of the tree once, and every put has its get",
    kernelFunction: "drm_gpusvm_range_remove, drm_gpusvm_range_put "
      + "(drivers/gpu/drm/drm_gpusvm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R57", "R63"],
    why: "the tree and its notifier are corrupted, or the range is freed under somebody",
    looksLike: "drm_gpusvm_range_remove of a range that was removed, or drm_gpusvm_range_put "
      + "with a count below 1",
    lookAlikes: [
      "an address that a new range got: drm_gpusvm_range_find_or_insert returns it"
    ])

  static let looks = [
    Look.before(.rangeRemove) { mirror, event, objections in
      guard let address = event.range, let range = mirror.svms.range(at: address),
        !range.allows(.remove), !range.since.isTwin(of: event)
      else { return }
      objections.report(
        Breach(
          0, .range(range, at: address, in: &mirror), .life(range.serial),
          note: EventNote(event, .range, .gpusvm, .start, .rangeRef), since: range.since,
          "it is removed"))
    },
    Look.before(.rangePut) { mirror, event, objections in
      guard let address = event.range, address != 0, let count = event.rangeRef, count < 1 else {
        return
      }
      let range = mirror.svms.range(at: address)
      let unknown = ObjectReference(kind: .svmRange, address: address, epoch: 1)
      var breach = Breach(
        0, range.map { .range($0, at: address, in: &mirror) } ?? unknown,
        range.map { .life($0.serial) } ?? .event(event.sequence),
        note: EventNote(event, .range, .rangeRef), since: range?.since,
        "the last that is known of it")
      breach.found = count
      objections.report(breach)
    },
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "range removed or put once too often",
      remark: "once more",
      explanation: [
        breach.note.kind == .rangePut
          ? "its count is \(breach.found) before the put"
          : "it was removed at \(since(breach)), and no lookup returned it since"
      ],
      advice: "look at the garbage collector and the unbind path: one of them owns the removal")
  }
}
