/// The whole state of the model at a moment: every object it knows, and which device holds what.
///
/// A pure value: equal states are equal, whatever way led to them, and nothing in it depends on the
/// order of a dictionary.
package struct MirrorSnapshot: Hashable, Sendable {
  /// All objects but folios, by kind, then address; devices in the order they appeared.
  package var objects: [ObjectSnapshot] = []
  /// Which device holds how much of which address space, by address space, then device.
  package var residency: [Residency] = []
  /// Device folios that live; nil where their births are not recorded.
  package var liveFolios: UInt64?

  package init() {}

  /// The objects of a kind.
  package subscript(kind: ObjectSnapshot.Kind) -> [ObjectSnapshot] {
    objects.filter { $0.kind == kind }
  }
}

/// What one device holds of one address space.
package struct Residency: Hashable, Sendable {
  /// The address space; nil where no event told it.
  package var mm: UInt64?
  /// The device's name; nil where it is not known.
  package var device: String?
  /// Device allocations that hold pages of it, or may.
  package var allocations: UInt64 = 0
  /// Base pages in them that live.
  package var pages: UInt64 = 0
  /// Allocations whose pages are not known: they are older than the recording, or the births of
  /// pages are not recorded. `pages` is without theirs.
  package var unknownAllocations: UInt64 = 0

  package init(mm: UInt64?, device: String?) {
    self.mm = mm
    self.device = device
  }
}

/// A part of a range of virtual addresses that a device allocation was filled from.
package struct ResidentPart: Hashable, Sendable {
  /// The address space; nil where no event told it.
  package var mm: UInt64?
  /// Where the part starts and ends (exclusive), within the range that was asked for.
  package var start: UInt64
  package var end: UInt64
  /// The device's name; nil where it is not known.
  package var device: String?
  /// The allocation, by address and epoch.
  package var allocation: UInt64
  package var epoch: UInt32
  /// Base pages of the whole allocation that live; nil where that is not known.
  package var pages: UInt64?
  /// Where the allocation's own range starts and ends (exclusive).
  package var allocationStart: UInt64
  package var allocationEnd: UInt64
}
