import PagemapEvents

/// Holds of providers, and the work that drops them: drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  static let deviceHoldSteps: [StepRow] = [
    .on(.devUnholdWork) { mirror, _ in mirror.devUnholdWork() }
  ]

  /// `drm_pagemap_dev_hold`, inlined: a pagemap's life begins.
  mutating func holdProvider(of pagemap: borrowing Pagemap) {
    guard recording.proves(.devUnholdWork) else { return }
    deviceHolds.begin(DeviceHold(of: pagemap))
  }

  /// A release queues the hold of the provider for the work that drops it.
  mutating func queueHold(of address: UInt64, _ note: EventNote) {
    guard recording.proves(.devUnholdWork), let pagemap = pagemaps[address] else { return }
    deviceHolds.queue(of: pagemap, note)
  }

  /// `drm_pagemap_dev_unhold_work`.
  private mutating func devUnholdWork() {
    for hold in deviceHolds.drop() {
      news.tellEnd(of: hold, .deviceHold, hold.address, epoch: hold.epoch)
    }
  }
}
