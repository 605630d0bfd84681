import PagemapEvents

/// A `struct drm_pagemap`: device memory that processes can migrate to, embedded in the driver's
/// own object. `drm_pagemap_init` begins its life with one reference. When the last one goes it is
/// not freed: it waits on the shrinker's list until a lookup takes it off and revives it
/// (`drm_pagemap_reinit`, a new epoch), or until the shrinker, the end of its cache or the unplug
/// of its device hands it to the driver's destroy. Who holds its references is told in the ledger:
/// slots of VMs, zdds, `drm_gpusvm_pages` objects, attributes of VMAs, lookups. There is no event
/// for a get, so the count is sampled where events show it.
package struct Pagemap: MachineObject {
  /// Where it stands between its first and its last reference.
  package enum State: UInt8, CaseIterable, Sendable {
    /// It has references.
    case active
    /// `drm_pagemap_release` runs: the last reference is gone, its fate is not decided.
    case releasing
    /// On the shrinker's list, to be revived or destroyed (`drm_pagemap_shrinker_add`).
    case cached
    /// Taken off the list by a lookup or by the cache's end (`drm_pagemap_shrinker_cancel`).
    case taken
    /// Handed to the driver's destroy (`drm_pagemap_destroy`).
    case destroyed
  }

  /// What takes a pagemap from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_pagemap_reinit` succeeds.
    case reinit
    /// The last reference goes.
    case release
    /// `drm_pagemap_shrinker_add` puts it on the list.
    case queue
    /// `drm_pagemap_shrinker_cancel` takes it off.
    case cancel
    /// `drm_pagemap_destroy` by the shrinker, which took it off the list itself.
    case shrink
    /// `drm_pagemap_destroy` by the task that released it or took it off the list.
    case destroy
  }

  /// The life of a drm_pagemap. `drm_pagemap_init` begins it in the state `active`.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap", in: "drivers/gpu/drm/drm_pagemap.c",
    steps: [
      .init(.active, on: .release, to: .releasing, by: "drm_pagemap_release"),
      .init(.releasing, on: .queue, to: .cached, by: "drm_pagemap_shrinker_add"),
      .init(.releasing, on: .destroy, to: .destroyed, by: "drm_pagemap_shrinker_add"),
      .init(.cached, on: .cancel, to: .taken, by: "drm_pagemap_shrinker_cancel"),
      .init(.cached, on: .shrink, to: .destroyed, by: "drm_pagemap_shrinker_scan"),
      .init(.taken, on: .reinit, to: .active, by: "drm_pagemap_get_from_cache"),
      .init(.taken, on: .destroy, to: .destroyed, by: "drm_pagemap_cache_fini"),
    ])

  /// The pagemap that a lookup could not revive, when it made this one instead: that one must be on
  /// its way to its end.
  package struct Refused: Sendable {
    package var address: UInt64
    package var serial: UInt64
    /// The return of `drm_pagemap_shrinker_cancel` that refused it.
    package var note: EventNote
  }

  /// A life's state and count as they were told to timelines.
  package struct Shown: Hashable, Sendable {
    var serial: UInt64
    var state: State
    var references: Int64?
  }

  /// Where it belongs, as far as events told.
  package struct Home: Sendable {
    /// The `struct drm_device` that provides it.
    package var drm: UInt64?
    /// The device's name, as an index of `Names`.
    package var device: UInt64?
    /// The `struct dev_pagemap` behind it.
    package var pgmap: UInt64?
    /// The cache it was looked up in or put into.
    package var cache: UInt64?
    /// The shrinker that the event sampled which put it on a list.
    package var shrinker: UInt64?
    /// Its own peer in an owner group.
    package var peer: UInt64?
    /// Its owner group.
    package var owner: UInt64?

    /// Fills in what an event tells and was not known. Answers whether device and memory were not.
    mutating func learn(_ told: Home) -> (device: Bool, memory: Bool) {
      if cache == nil, told.cache != 0 { cache = told.cache }
      let isMemoryNew = pgmap == nil && told.pgmap ?? 0 != 0
      if isMemoryNew { pgmap = told.pgmap }
      let isDeviceNew = drm == nil && told.drm ?? 0 != 0
      if isDeviceNew { (drm, device) = (told.drm, told.device) }
      return (isDeviceNew, isMemoryNew)
    }
  }

  /// How its life went on behind the last reference.
  package struct Fate: Sendable {
    /// The event that ended this life.
    package var released: EventNote?
    /// The event that put it on the shrinker's list.
    package var queued: EventNote?
    /// The event that destroyed it.
    package var destroyed: EventNote?
    /// The event that unmapped its memory.
    package var unmapped: EventNote?
  }

  /// The object's address.
  package let address: UInt64
  /// Unlike every other life of any object of the trace.
  package let serial: UInt64
  /// Which life of the address: 1 for the first that the trace shows.
  package let epoch: UInt32
  /// Whether it is older than the recording: then its holders are not known.
  package let isAdopted: Bool
  /// Where it stands.
  package var state: State = .active
  /// The event that began this life, or the first that named it.
  package let created: EventNote
  /// Where it belongs.
  package var home = Home()
  /// Who holds it.
  package var references = References()
  /// How its life went on behind the last reference, once it did.
  @Rare private var knownFate: Fate?
  /// The pagemap that it was made instead of.
  @Rare package var refused: Refused?
  /// What was told of it last, where activities are told.
  @Rare var shown: Shown?

  package init(
    address: UInt64, epoch: UInt32, serial: UInt64, isAdopted: Bool, created: EventNote
  ) {
    self.address = address
    self.epoch = epoch
    self.serial = serial
    self.isAdopted = isAdopted
    self.created = created
  }
}

extension Pagemap {
  /// How its life went on behind the last reference.
  package var fate: Fate {
    get { knownFate ?? Fate() }
    set { knownFate = newValue }
  }

  /// Takes a step, which `note` shows. Answers false where the machine has none.
  mutating func step(_ trigger: Trigger, _ note: EventNote) -> Bool {
    guard step(trigger) else { return false }
    switch trigger {
    case .release:
      fate.released = note
      references.note(note)
      references.take(0, note)
    case .queue: fate.queued = note
    case .reinit, .cancel, .shrink, .destroy: break
    }
    return true
  }

  /// Is found to stand elsewhere than the recorded steps led; `note` is the event that shows it.
  mutating func recover(to state: State, _ note: EventNote?) {
    guard self.state != .destroyed else { return }
    recover(to: state)
    switch state {
    case .releasing: fate.released = note
    case .cached: fate.queued = note
    case .active, .taken, .destroyed: break
    }
  }

  /// Its life ends. Answers whether it had one. No step from where it stands is an end all the same.
  mutating func end(by trigger: Trigger, _ note: EventNote?) -> Bool {
    let isAlive = state != .destroyed
    if isAlive, !step(trigger) { recover(to: .destroyed) }
    if let note {
      fate.destroyed = note
      references.note(note)
    }
    return isAlive
  }

  /// A put leaves `count` references; nil where that was not recorded. `before` is what was missing
  /// ahead of it. Answers what is missing behind it, where that is more.
  mutating func put(leaving count: Int64?, _ note: EventNote, before: Int64) -> Deficit? {
    guard let count else {
      references.forgetSample()
      return nil
    }
    references.put(leaving: count, note)
    guard references.deficit > before else { return nil }
    return Deficit(
      pagemapSerial: serial, pagemap: address, epoch: epoch, put: note, value: count,
      needed: references.explained, holders: references.slots.map(\.serial))
  }
}

extension Pagemap {
  /// What is to be told of it to timelines, but for the event; nil where nothing has changed since it
  /// was told last.
  mutating func news() -> PagemapActivity? {
    let now = Shown(serial: serial, state: state, references: references.sample?.value)
    guard now != shown else { return nil }
    shown = now
    return PagemapActivity(
      time: 0, sequence: 0, pid: 0, address: address, epoch: epoch, serial: serial,
      isAdopted: isAdopted, drm: home.drm, device: home.device, state: state,
      references: now.references, explained: references.explained)
  }
}
