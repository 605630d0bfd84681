import PagemapEvents
import PagemapModel

/// A `drm_pagemap_destroy` as the rules about it look at it: it is for a pagemap whose last reference went,
/// by the task that released it or took it off the shrinker's list, once.
struct PagemapDestroy {
  /// The pagemap as the event found it.
  let pagemap: Pagemap
  /// The event.
  let note: EventNote
  /// Whether a scan of the shrinker destroys it, which took it off the list itself.
  let isShrinking: Bool
  /// Whether the release itself destroys it, or the task that has just put it on the list.
  let isReleasing: Bool

  /// The destroy that the event shows; nil where its task was not seen to leave
  /// `drm_pagemap_shrinker_cancel` of the pagemap: the return that tells whether it took it off went
  /// unrecorded.
  init?(_ mirror: inout KernelMirror, _ event: borrowing PagemapEvent) {
    note = EventNote(event, .dpagemap, .ref, .isAtomic)
    guard let pagemap = mirror.found(by: event, note) else { return nil }
    let key = TaskKey(event)
    if pagemap.state == .cached, mirror.tasks.isCancelling(pagemap.address, key) { return nil }
    self.pagemap = pagemap
    isShrinking = mirror.tasks.isInCall(key) { $0.kind == .shrinkerScan }
    let isQueuer =
      pagemap.state == .cached && pagemap.fate.queued?.pid == note.pid && !isShrinking
      && mirror.recording.recordsCancel
    isReleasing = pagemap.state == .releasing || isQueuer
  }

  /// Whether the pagemap's machine has no step for it.
  var isRuledOut: Bool { !isReleasing && !pagemap.allows(isShrinking ? .shrink : .destroy) }

  /// A breach that the destroy shows.
  func breach(_ variant: Int = 0, since earlier: EventNote?, _ remark: StaticString) -> Breach {
    Breach(variant, of: pagemap, note: note, since: earlier, remark)
  }
}
