import PagemapEvents

/// Address spaces: mm/mmap.c.
extension KernelMirror {
  static let addressSpaceSteps: [StepRow] = [
    .on(.exitMmap) { $0.exitMmap($1) },
    .on(.exitMmapReturn) { $0.exitMmapReturn($1) },
  ]

  private mutating func exitMmap(_ event: borrowing PagemapEvent) {
    guard let mm = event.mm, allocations.has(mm) else { return }
    addressSpaces.beginExit(of: mm, EventNote(event, .mm))
  }

  /// `exit_mmap` returned: the process's mappings are gone for good.
  private mutating func exitMmapReturn(_ event: borrowing PagemapEvent) {
    guard let mm = event.mm else { return }
    addressSpaces.exited(mm)
    if allocations.has(mm) { allocations.exited(mm, EventNote(event, .mm)) }
  }
}
