/// One event in the kernel's vocabulary: which modelled function, when, where, by whom, with what.
///
/// It is filled in place by a decoder and read by the model, again and again, so that no event costs
/// an allocation. A field is absent (nil) where the probe did not record it and where what it
/// recorded is garbage: a member read through a NULL or error pointer. Pointers are the addresses
/// as recorded; counts and results are sign-extended.
public struct PagemapEvent: Sendable {
  /// Which function was entered or left, or which tracepoint was passed.
  package var kind: Kind = .pagemapInit
  /// By the trace's clock, in nanoseconds.
  package var timestamp: UInt64 = 0
  /// Its place in the merged trace, counted from 0 over all events handed to the model.
  package var sequence: UInt64 = 0
  /// The CPU that ran the function.
  package var cpu: UInt32 = 0
  /// The task that ran it; 0 for the idle task.
  package var pid: Int32 = 0
  /// In which context it ran; nil where the trace does not tell.
  package var context: EventContext?
  /// The address that the probe is at, as a rule the function's first byte; 0 where it is not told.
  package var function: UInt64 = 0
  /// Of a return the address that the function returns to, in its caller; 0 where it is not told.
  package var caller: UInt64 = 0
  /// Of a `kernelStack` the stack of the event before it on its CPU, whose `function` and `caller`
  /// this event has, too. Without meaning in all other events.
  package internal(set) var stack = CallStack()
  /// Which fields are present, a bit each.
  public internal(set) var present: UInt64 = 0
  /// An array and not an inline one: reading an element of that copies the whole of it, in a struct
  /// that is passed by reference.
  @usableFromInline
  internal var values = [UInt64](repeating: 0, count: 64)
  /// The first pages of the arrays that page-level probes record.
  package var arrays = PageArrays()

  package init() {}

  /// Makes every field absent.
  package mutating func clear() {
    present = 0
    arrays.clear()
  }

  /// The value of a field; nil where it is absent. Setting nil makes it absent.
  public subscript(field: Field) -> UInt64? {
    @inlinable get { present & field.bit == 0 ? nil : values[field.place] }
    set {
      if let newValue { set(field, newValue) } else { present &= ~field.bit }
    }
  }

  /// Gives a field a value.
  @inline(__always)
  mutating func set(_ field: Field, _ value: UInt64) {
    present |= field.bit
    values[field.place] = value
  }

  /// The value of a field as a signed number; nil where it is absent.
  @inlinable public func signed(_ field: Field) -> Int64? {
    self[field].map(Int64.init(bitPattern:))
  }
}

extension PagemapEvent.Field {
  /// Its place in the list of fields, of which there are fewer than 64: its raw value.
  @inlinable public var place: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

  /// Its bit in `PagemapEvent.present`.
  @inlinable public var bit: UInt64 { 1 &<< UInt64(place) }
}

/// The first entries of the page arrays that page-level probes record.
///
/// Only `capacity` entries of an array are ever seen: what lies beyond is unknown, not absent.
package struct PageArrays: Sendable {
  /// What the kernel keeps in an array.
  package enum Role: Int, CaseIterable, Sendable {
    /// Migrate-pfn entries of the source (`migrate_vma.src`, `src_pfns`; fields `s0`…).
    case source
    /// Migrate-pfn entries of the destination (`d0`…).
    case destination
    /// Migrate-pfn entries that are mapped or unmapped (`m0`…).
    case mapped
    /// `struct page` pointers given to a copy operation (`p0`…).
    case pages
    /// DMA addresses (`a0`…).
    case addresses
  }

  /// How many entries of an array are recorded at most.
  package static let capacity = 16

  /// The numbers of entries, a byte each, by the roles' raw values.
  private var counts: UInt64 = 0
  private var entries = [UInt64](repeating: 0, count: capacity * Role.allCases.count)

  package init() {}

  /// Makes all arrays empty.
  package mutating func clear() { counts = 0 }

  /// How many entries of an array were recorded.
  package func count(_ role: Role) -> Int { Int(counts >> UInt64(8 * role.rawValue) & 0xff) }

  /// An entry; nil behind the last one that was recorded.
  package func entry(_ role: Role, _ index: Int) -> UInt64? {
    guard index >= 0, index < count(role) else { return nil }
    return entries[role.rawValue * Self.capacity + index]
  }

  /// Adds an entry behind the last one; beyond `capacity` it is dropped.
  package mutating func append(_ value: UInt64, to role: Role) {
    let count = count(role)
    guard count < Self.capacity else { return }
    entries[role.rawValue * Self.capacity + count] = value
    counts += 1 << UInt64(8 * role.rawValue)
  }
}

extension PageArrays {
  /// The entry holds a page (`MIGRATE_PFN_VALID`, include/linux/migrate.h).
  package static let valid: UInt64 = 1 << 0
  /// The page is to be migrated, or was (`MIGRATE_PFN_MIGRATE`).
  package static let migrate: UInt64 = 1 << 1
  /// The page-frame number of a migrate-pfn entry (`MIGRATE_PFN_SHIFT`).
  package static func pfn(_ entry: UInt64) -> UInt64 { entry >> 6 }
}

extension PageArrays {
  /// The page frames of the source's entries that say that they are locked for migration, or that they
  /// have moved.
  package var lockedFrames: [UInt64] {
    let marked = Self.valid | Self.migrate
    var frames: [UInt64] = []
    for place in 0..<count(.source) {
      guard let entry = entry(.source, place), entry & marked == marked else { continue }
      frames.append(Self.pfn(entry))
    }
    return frames
  }

  /// Whether no recorded entry of an array holds a page.
  package func isEmpty(_ role: Role) -> Bool {
    for place in 0..<count(role) where (entry(role, place) ?? 0) & Self.valid != 0 { return false }
    return true
  }
}
