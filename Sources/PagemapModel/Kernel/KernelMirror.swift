package import PagemapEvents

/// The mirror of the kernel's state: every drm_pagemap object that the trace shows, as it stands
/// behind the last event.
///
/// It holds rooms and nothing else: a new room is a property here, and `Rooms` finds what it declares.
/// The order of the properties is that in which rooms take an event, and in which a state shows them.
/// Each room keeps the objects of one kind, and alone writes them; steps (`…Steps.swift`, one function
/// for each kernel function) ask rooms and tell them what happened.
/// Calls are intervals from entry to return, so events of several CPUs may come in any order that the
/// kernel allows. Objects older than the recording are adopted when an event first names them.
package struct KernelMirror: Sendable {
  /// What is recorded, and what may be concluded from it.
  package internal(set) var recording: Recording
  /// What the last event showed.
  package var news = News()
  /// Which life of its address an object lives.
  var lives = Lives()
  /// What the trace shows in numbers.
  var statistics = Statistics()
  /// The stacks that were recorded last.
  package var stacks = StackStore()

  /// GPUs, and the memory of theirs that is mapped.
  package internal(set) var devices = DeviceRoom()
  /// `struct drm_pagemap_cache`.
  package internal(set) var caches = CacheRoom()
  /// `struct drm_pagemap_shrinker`.
  package internal(set) var shrinkers = ShrinkerRoom()
  /// `struct drm_pagemap`.
  package internal(set) var pagemaps = PagemapRoom()
  /// Puts on pagemaps that no leaving VM explains yet.
  package internal(set) var deficits = DeficitRoom()
  /// `struct drm_pagemap_dev_hold`.
  package internal(set) var deviceHolds = DeviceHoldRoom()
  /// `struct drm_pagemap_owner` and `struct drm_pagemap_peer`.
  package internal(set) var owners = OwnerRoom()
  /// `struct drm_pagemap_devmem`.
  package internal(set) var allocations = DeviceAllocationRoom()
  /// `struct drm_pagemap_zdd`.
  package internal(set) var zdds = ZoneDeviceDataRoom()
  /// `struct drm_gpusvm`, its ranges, notifiers and pages.
  package internal(set) var svms = SVMRoom()
  /// `struct xe_vm`, and the attributes of its VMAs.
  package internal(set) var vms = VMRoom()
  /// Device folios.
  package internal(set) var folios = FolioRoom()
  /// Passes through the page migration, and faults.
  package internal(set) var migrations = MigrationRoom()
  /// `struct mm_struct`.
  package internal(set) var addressSpaces = AddressSpaceRoom()
  /// What each task is in.
  package internal(set) var tasks = TaskRoom()
  /// What functions that may sleep show of preempt counts.
  package internal(set) var preemption: PreemptionRoom
  /// Which steps each kind of event takes.
  private let steps: StepTable

  /// A mirror before the first event. `probes` tells which events can come at all.
  /// `looks` are those of the rules that it shall ask.
  package init(probes: ProbeInventory, looks: [Look] = []) {
    recording = Recording(probes)
    preemption = PreemptionRoom(probes)
    steps = StepTable(probes, looks)
  }

  /// A mirror that takes no event: it shows which rooms there are.
  static var blank: KernelMirror { KernelMirror(steps: StepTable()) }

  private init(steps: StepTable) {
    recording = Recording(ProbeInventory())
    preemption = PreemptionRoom(ProbeInventory())
    self.steps = steps
  }

  /// Takes in the next event of the merged trace. Answers whether it showed the rules anything.
  @discardableResult
  package mutating func apply(_ event: borrowing PagemapEvent) -> Bool {
    let kind = event.kind.index
    news.clear()
    recording.meet(kind, at: event.timestamp)
    statistics.count(event)
    if event.kind == .kernelStack {
      keepStack(of: event)
      return false
    }
    settle(event)
    let path = steps[kind]
    if !path.looksAhead.isEmpty {
      meet(event)
      ask(path.looksAhead, event)
    }
    for place in path.steps { steps.rows[place].step(&self, event) }
    if !path.looksBehind.isEmpty { ask(path.looksBehind, event) }
    if news.recordsActivity { tellPagemap(event) }
    return !news.observations.isEmpty
  }

  /// The epoch of the life that an address has, or had last.
  package func epoch(of address: UInt64) -> UInt32 { lives.epoch(of: address) }

  /// The serial number of the life that begins next, as things stand.
  package var nextSerial: UInt64 { lives.nextSerial }

  /// Takes note of a gap in the record, as `Recording.noteGap`.
  package mutating func noteGap(from start: UInt64?, to end: UInt64?) {
    recording.noteGap(from: start, to: end)
  }

  /// Damage came to light: what is known by now is doubtful.
  package mutating func noteDamage() { recording.noteGap(from: nil, to: recording.now) }

  /// Lets rules look at an event, and keeps what they object to. Their looks are given by place.
  private mutating func ask(_ looks: Range<Int>, _ event: borrowing PagemapEvent) {
    var objections = Objections()
    for place in looks {
      if let isLive = steps.looks[place].folioIsLive, isLive != folios.isNamedLive { continue }
      objections.rule = steps.looks[place].rule
      steps.looks[place].body(&self, event, &objections)
    }
    guard !objections.isEmpty else { return }
    for (breach, condition) in objections.all {
      switch condition {
      case .now: news.report(breach)
      case .returned(let entry): news.suspect(breach, in: entry)
      case .noScan(let task): news.keepListedDestroy(breach, of: task)
      case .noCreation(let task):
        if !tasks.keepLostSlot(breach, of: task) { news.report(breach) }
      }
    }
  }

  /// What was open behind an earlier event, and is decided by what its task does next.
  @inline(__always)
  private mutating func settle(_ event: borrowing PagemapEvent) {
    if !deficits.isEmpty { ageDeficits(event) }
    if pagemaps.hasOpenPuts { pagemaps.settlePuts(of: TaskKey(event)) }
    if news.hasListedDestroys { settleListedDestroys(event) }
  }
}
