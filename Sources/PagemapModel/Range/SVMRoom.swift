/// Mirrors of processes' memory on a GPU: gpusvms, their ranges, notifiers and pages objects.
package struct SVMRoom: Sendable {
  private var gpusvms = ObjectTable<GPUSVM>()
  private var ranges = ObjectTable<SVMRange>()
  private var notifiers = ObjectTable<Notifier>()
  private var pages = ObjectTable<SVMPages>()
  /// Ranges that are in no tree any more.
  private var removedRanges = 0
  /// The range that each task found or made last.
  private var lastRanges: [TaskKey: UInt64] = [:]
  /// Pages objects that hold a reference of a pagemap.
  private var holders = 0
  /// Pages objects whose memory the process unmapped.
  private var flagged = 0

  /// Objects of one kind beyond this number are not told apart.
  private static let limit = 1 << 16

  // MARK: Looking

  /// A copy of the gpusvm at an address; nil where there is none.
  package func gpusvm(at address: UInt64) -> GPUSVM? { gpusvms[address] }
  /// A copy of the range at an address; nil where there is none.
  package func range(at address: UInt64) -> SVMRange? { ranges[address] }
  /// A copy of the notifier at an address; nil where there is none.
  package func notifier(at address: UInt64) -> Notifier? { notifiers[address] }
  /// A copy of the pages object at an address; nil where there is none.
  package func pages(at address: UInt64) -> SVMPages? { pages[address] }

  /// The addresses of all objects of each kind, lowest first.
  var gpusvmAddresses: [UInt64] { gpusvms.addresses.sorted() }
  var rangeAddresses: [UInt64] { ranges.addresses.sorted() }
  var notifierAddresses: [UInt64] { notifiers.addresses.sorted() }
  var pagesAddresses: [UInt64] { pages.addresses.sorted() }

  /// How many gpusvms live, ranges are in trees, and pages objects hold a reference.
  var liveGPUSVMs: Int { gpusvms.count { $0.state != .finished } }
  var liveRanges: Int { ranges.count - removedRanges }
  var holdingPages: Int { holders }

  // MARK: gpusvms

  /// Whether a gpusvm at this address would be kept.
  func hasRoom(forGPUSVM address: UInt64) -> Bool {
    gpusvms.count < Self.limit || gpusvms.contains(address)
  }

  /// `drm_gpusvm_init`, or the first event that names it.
  mutating func begin(_ gpusvm: GPUSVM, at address: UInt64) { gpusvms.insert(gpusvm, at: address) }

  /// A range of it is found or made.
  mutating func use(gpusvm address: UInt64) { _ = gpusvms.with(address) { $0.step(.use) } }

  /// `drm_gpusvm_fini`.
  mutating func finish(_ address: UInt64, _ note: EventNote) {
    _ = gpusvms.with(address) { gpusvm in
      if !gpusvm.step(.finish) { gpusvm.recover(to: .finished) }
      gpusvm.since = note
    }
    guard gpusvms.count > 4096 else { return }
    gpusvms.removeAll { $1.state == .finished && $0 != address }
  }

  // MARK: Ranges

  /// Whether a task found a range that is known already.
  mutating func use(_ address: UInt64, of gpusvm: UInt64, from start: UInt64?) -> Bool? {
    ranges.with(address) { range in
      guard range.gpusvm == gpusvm, range.start == start else { return false }
      return range.step(.use)
    }
  }

  /// Whether a range that is not known would be kept.
  var hasRoomForRange: Bool { ranges.count < Self.limit }

  /// A range's life begins.
  mutating func begin(_ range: SVMRange, at address: UInt64) { ranges.insert(range, at: address) }

  /// `drm_gpusvm_range_remove`, of a range that is in the tree.
  mutating func remove(_ address: UInt64, _ note: EventNote) {
    let isStep = ranges.with(address) { range in
      guard range.step(.remove) else { return false }
      range.since = note
      return true
    }
    guard isStep == true else { return }
    removedRanges += 1
    guard removedRanges > 8192 else { return }
    removedRanges = 0
    ranges.removeAll { $1.state == .removed && $0 != address }
  }

  /// `drm_gpusvm_range_put` that leaves references.
  mutating func put(_ address: UInt64) { _ = ranges.with(address) { $0.step(.put) } }

  /// The driver allocates a range at this address.
  mutating func forgetRange(_ address: UInt64) { ranges.remove(address) }

  /// The range that a task found or made last.
  package func lastRange(of key: TaskKey) -> UInt64? { lastRanges[key] }

  /// A task found or made a range.
  mutating func found(_ range: UInt64, by key: TaskKey) {
    if lastRanges.count > 1024 { lastRanges.removeAll(keepingCapacity: true) }
    lastRanges[key] = range
  }

  // MARK: Notifiers

  /// A notifier takes a step, or is met for the first time where it leads.
  mutating func step(_ trigger: Notifier.Trigger, notifier address: UInt64, _ note: EventNote) {
    let isKnown: Void? = notifiers.with(address) { notifier in
      if notifier.step(trigger) { notifier.since = note }
    }
    guard isKnown == nil, notifiers.count < Self.limit else { return }
    var notifier = Notifier(since: note)
    notifier.step(trigger)
    notifiers.insert(notifier, at: address)
  }

  /// `mmu_interval_notifier_insert`.
  mutating func insertNotifier(_ address: UInt64, _ note: EventNote) {
    guard notifiers.count < Self.limit || notifiers.contains(address) else { return }
    notifiers.insert(Notifier(since: note), at: address)
  }

  /// `mmu_interval_notifier_remove`: the notifier is freed.
  /// Answers it as it is then; nil where none was known.
  mutating func removeNotifier(_ address: UInt64) -> Notifier? {
    guard var notifier = notifiers.remove(address) else { return nil }
    notifier.step(.remove)
    return notifier
  }

  // MARK: Pages

  /// Changes a pages object, a new one where there is none and room.
  private mutating func change(_ address: UInt64, _ body: (inout SVMPages) -> Void) {
    if pages.with(address, body) != nil || pages.count >= Self.limit { return }
    var object = SVMPages()
    body(&object)
    pages.insert(object, at: address)
  }

  /// The range that a pages object is part of is known.
  mutating func learnRange(_ range: UInt64, ofPages address: UInt64) {
    change(address) { $0.range = range }
  }

  /// It is mapped, and holds a reference of a pagemap, where its pages are device pages.
  mutating func map(_ address: UInt64, holding pagemap: UInt64?) {
    change(address) { object in
      object.step(.map)
      object.pagemap = pagemap
    }
    if pagemap != nil, pages.look(at: address, { $0.pagemap }) != nil { holders += 1 }
  }

  /// It is not mapped any more. Answers the pagemap that it held a reference of.
  mutating func unmap(_ address: UInt64) -> UInt64? {
    let held =
      pages.with(address) { object in
        defer { object.pagemap = nil }
        object.step(.unmap)
        return object.pagemap
      } ?? nil
    if held != nil { holders -= 1 }
    return held
  }

  /// `drm_gpusvm_range_set_unmapped`: the process unmapped its memory.
  mutating func flag(_ address: UInt64, _ note: EventNote) {
    guard flagged < 4096 else { return }
    let isNew = pages.look(at: address) { $0.flagged == nil } ?? true
    change(address) { object in
      object.step(.flag)
      object.flagged = note
    }
    if isNew, pages.contains(address) { flagged += 1 }
  }

  /// What flagged it does not count any more.
  mutating func forgetFlag(of address: UInt64) {
    let wasFlagged = pages.with(address) { object in
      defer { object.flagged = nil }
      object.recover(to: .mapped)
      return object.flagged != nil
    }
    if wasFlagged == true { flagged -= 1 }
  }

  /// `drm_gpusvm_free_pages`.
  /// Answers the pages object as it was; nil where none was known.
  mutating func free(_ address: UInt64) -> SVMPages? {
    guard let object = pages.remove(address) else { return nil }
    if object.flagged != nil { flagged -= 1 }
    return object
  }
}
