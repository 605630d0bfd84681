/// What steps and rules ask of one pagemap, without a copy of it.
extension PagemapRoom {
  /// Where a pagemap stands; nil where there is none.
  func state(of address: UInt64) -> Pagemap.State? { look(at: address) { $0.state } }
  /// Whether a pagemap has references, as far as is known.
  package func isActive(_ address: UInt64) -> Bool { state(of: address) == .active }
  /// When a pagemap was destroyed; 0 where that is not known.
  func destroyedAt(_ address: UInt64) -> UInt64 {
    look(at: address) { $0.fate.destroyed?.time ?? 0 } ?? 0
  }
  /// The serial number of the life that an address has.
  func serial(of address: UInt64) -> UInt64? { look(at: address) { $0.serial } }
  /// The serial number and the home of a pagemap that has references; nil where none is at the address.
  func active(at address: UInt64) -> (serial: UInt64, home: Pagemap.Home)? {
    look(at: address) { $0.state == .active ? ($0.serial, $0.home) : nil } ?? nil
  }
  /// The device of a pagemap as an index of `Names`; nil where it is not known.
  package func device(of address: UInt64) -> UInt64? {
    look(at: address) { $0.home.device } ?? nil
  }
  /// The cache of a pagemap; nil where it is not known.
  func cache(of address: UInt64) -> UInt64? { look(at: address) { $0.home.cache } ?? nil }
  /// The owner group of a pagemap; nil where it is not known.
  func owner(of address: UInt64) -> UInt64? { look(at: address) { $0.home.owner } ?? nil }
  /// The `struct dev_pagemap` of a pagemap; nil where it is not known.
  func pgmap(of address: UInt64) -> UInt64? { look(at: address) { $0.home.pgmap } ?? nil }
  /// The `struct drm_device` that provides a pagemap; nil where it is not known.
  package func drm(of address: UInt64) -> UInt64? { look(at: address) { $0.home.drm } ?? nil }
  /// How many references its known holders need beyond the sampled count.
  func deficit(of address: UInt64) -> Int64 {
    look(at: address) { $0.references.deficit } ?? 0
  }
}
