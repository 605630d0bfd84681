/// A device folio: a page of device memory between `zone_device_page_init` and
/// `drm_pagemap_folio_free`, as `FolioTable` reads it out.
package struct DeviceFolio: Sendable, Equatable {
  /// The allocation it belongs to, by address and serial number; 0 where that is not known.
  package var allocation: UInt64 = 0
  package var allocationSerial: UInt64 = 0
  /// When it was initialised, and the place of that event in the trace.
  package var time: UInt64 = 0
  package var sequence: UInt64 = 0
  /// Where and by whom.
  package var cpu: UInt32 = 0
  package var pid: Int32 = 0
  /// Which life of the page this is, or was.
  package var epoch: UInt32 = 0
  /// log2 of its base pages, at most 31.
  package var order: UInt8 = 0
  /// Where it stands.
  package var state: State = .free

  package init() {}

  /// Whether it lives.
  package var isLive: Bool { state != .free }
}
