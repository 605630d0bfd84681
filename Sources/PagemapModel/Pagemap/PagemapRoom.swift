import PagemapEvents

/// All pagemaps, the destroyed ones for a while. Nobody else writes them: other rooms tell what
/// happened by the named functions here.
package struct PagemapRoom: Sendable {
  private var table = ObjectTable<Pagemap>()
  private var roster = PagemapRoster()
  private var graves = Graves()
  private var indexes = PagemapIndexes()
  private var zddPuts = ZddPuts()
  /// Those without references that were not destroyed.
  private var unused: Set<UInt64> = []

  // MARK: Looking

  /// How many it knows, destroyed ones among them.
  var count: Int { table.count }

  /// A copy of the pagemap at an address; nil where there is none.
  package subscript(address: UInt64) -> Pagemap? { table[address] }

  /// Looks at a pagemap where it stands; nil where there is none.
  @inline(__always)
  func look<Result>(at address: UInt64, _ body: (borrowing Pagemap) -> Result) -> Result? {
    table.look(at: address, body)
  }

  /// Copies of the pagemaps that `isWanted` says so of, in the order in which their lives began.
  package func filter(_ isWanted: (borrowing Pagemap) -> Bool) -> [Pagemap] {
    table.filter(isWanted).sorted { $0.serial < $1.serial }
  }

  /// How many `isWanted` says so of.
  func count(where isWanted: (borrowing Pagemap) -> Bool) -> Int { table.count(where: isWanted) }

  /// The same among those without references that were not destroyed, without a look at all others.
  package func filterUnused(_ isWanted: (borrowing Pagemap) -> Bool) -> [Pagemap] {
    unused.compactMap { address in
      table.look(at: address) { isWanted($0) ? copy $0 : nil } ?? nil
    }.sorted { $0.serial < $1.serial }
  }

  /// How many of those `isWanted` says so of.
  func countUnused(where isWanted: (borrowing Pagemap) -> Bool) -> Int {
    unused.count { table.look(at: $0, isWanted) ?? false }
  }

  /// Looks at all where they stand, in no order that means anything.
  func forEach(_ body: (UInt64, borrowing Pagemap) -> Void) { table.forEach(body) }

  /// The addresses, lowest first.
  var addresses: [UInt64] { table.addresses.sorted() }

  /// The pagemaps of an owner group, in the order in which their lives began.
  package func ofOwner(_ owner: UInt64) -> [Pagemap] {
    indexes.byOwner[owner].compactMap { table[$0] }.filter { $0.home.owner == owner }
      .sorted { $0.serial < $1.serial }
  }

  /// The addresses of the pagemaps of a `struct dev_pagemap`.
  package func ofPgmap(_ pgmap: UInt64) -> [UInt64] {
    indexes.byPgmap[pgmap].filter { address in
      table.look(at: address) { $0.home.pgmap == pgmap } ?? false
    }
  }

  /// The pagemaps that are on a shrinker's list, as far as events told.
  package func onList(of shrinker: UInt64) -> [Pagemap] {
    indexes.byList[shrinker].compactMap { table[$0] }.filter { $0.state == .cached }
  }

  // MARK: Lives

  /// The lives that last, the newest last, and some that have ended.
  var lives: [PagemapRoster.Life] { roster.lives }
  /// How many last.
  var liveCount: Int { roster.liveCount }

  /// A life begins, as `pagemap` tells it.
  mutating func begin(_ pagemap: Pagemap) {
    let replaces = table.look(at: pagemap.address) { $0.state != .destroyed } ?? false
    roster.begin(
      PagemapRoster.Life(address: pagemap.address, serial: pagemap.serial), replaces: replaces)
    table.insert(pagemap, at: pagemap.address)
    indexes.add(pagemap.address, owner: pagemap.home.owner, pgmap: pagemap.home.pgmap)
    if roster.isSparse { roster.keep(roster.lives.filter(lasts)) }
    unused.remove(pagemap.address)
  }

  /// Whether a life has not ended.
  func lasts(_ life: PagemapRoster.Life) -> Bool {
    table.look(at: life.address) { $0.serial == life.serial && $0.state != .destroyed } ?? false
  }

  /// It takes a step. Answers false where the machine has none from where the pagemap stands.
  mutating func step(_ address: UInt64, _ trigger: Pagemap.Trigger, _ note: EventNote) -> Bool {
    guard table.with(address, { $0.step(trigger, note) }) == true else { return false }
    noteUse(of: address)
    return true
  }

  /// It is found to stand elsewhere than the recorded steps led: some went unrecorded.
  mutating func recover(_ address: UInt64, to state: Pagemap.State, _ note: EventNote?) {
    _ = table.with(address) { $0.recover(to: state, note) }
    noteUse(of: address)
  }

  /// A lookup or a scan took it off the shrinker's list; that it was there may have gone unrecorded.
  mutating func takeOffList(_ address: UInt64) {
    _ = table.with(address) { if !$0.step(.cancel) { $0.recover(to: .taken, nil) } }
    noteUse(of: address)
  }

  private mutating func noteUse(of address: UInt64) {
    switch state(of: address) {
    case .releasing, .cached, .taken: unused.insert(address)
    case .active, .destroyed, nil: unused.remove(address)
    }
  }

  /// It was handed to the driver's destroy, or its initialisation failed; no step from where it stands
  /// is an end all the same. `note` is the event that destroyed it.
  mutating func end(_ address: UInt64, by trigger: Pagemap.Trigger, _ note: EventNote?) {
    if table.with(address, { $0.end(by: trigger, note) }) == true { roster.end() }
    unused.remove(address)
    guard let old = graves.bury(address) else { return }
    for address in old where table.look(at: address, { $0.state == .destroyed }) == true {
      if let pagemap = table.remove(address) { indexes.remove(pagemap) }
    }
  }

  /// Its memory was unmapped. Answers its epoch and serial number; nil where it is not known.
  mutating func unmap(_ address: UInt64, _ note: EventNote) -> (epoch: UInt32, serial: UInt64)? {
    table.with(address) { pagemap in
      pagemap.fate.unmapped = note
      return (pagemap.epoch, pagemap.serial)
    }
  }

  /// What is to be told of it to timelines; nil where nothing has changed since the last time.
  mutating func news(of address: UInt64) -> PagemapActivity? {
    table.with(address) { $0.news() } ?? nil
  }

  // MARK: Where it belongs

  /// Fills in what an event tells of a pagemap's home. Answers whether its device was not known.
  mutating func learn(_ told: Pagemap.Home, of address: UInt64) -> Bool {
    guard let learned = table.with(address, { $0.home.learn(told) }) else { return false }
    if learned.memory { indexes.add(address, owner: nil, pgmap: told.pgmap) }
    return learned.device
  }

  /// The device's name is known, where it was not.
  mutating func learnDevice(_ device: UInt64, of address: UInt64) {
    _ = table.with(address) { if $0.home.device == nil { $0.home.device = device } }
  }

  /// The pagemap is in a cache's slot.
  mutating func learnCache(_ cache: UInt64, of address: UInt64) {
    _ = table.with(address) { $0.home.cache = cache }
  }

  /// Its memory is mapped for an owner group, which its `peer` joined where that is told.
  mutating func learnOwner(_ owner: UInt64, peer: UInt64? = nil, of address: UInt64) {
    _ = table.with(address) { pagemap in
      pagemap.home.owner = owner
      if let peer { pagemap.home.peer = peer }
    }
    indexes.add(address, owner: owner, pgmap: nil)
  }

  /// It was put on a list: of the shrinker that the event sampled, or of its cache's.
  mutating func learnShrinker(_ sampled: UInt64?, list: UInt64?, of address: UInt64) {
    _ = table.with(address) { $0.home.shrinker = sampled }
    if let list { indexes.add(address, list: list) }
  }

  /// Forgets which pagemaps were put on a shrinker's list and are on it no more.
  mutating func tidyList(of shrinker: UInt64) {
    for address in indexes.byList[shrinker] where state(of: address) != .cached {
      indexes.remove(address, list: shrinker)
    }
  }

  // MARK: References

  /// Takes in a count of an active pagemap. Answers whether more of it is unexplained than before.
  mutating func sample(_ address: UInt64, _ count: Int64, _ note: EventNote) -> Bool {
    table.with(address) { $0.state == .active && $0.references.take(count, note) } ?? false
  }

  /// A put leaves `count` references; nil where that was not recorded. `before` is what was missing
  /// ahead of it. Answers what is missing behind it, where that is more.
  mutating func put(_ address: UInt64, leaving count: Int64?, _ note: EventNote, before: Int64)
    -> Deficit?
  {
    table.with(address) { $0.put(leaving: count, note, before: before) } ?? nil
  }

  /// A VM keeps it in one of its slots.
  mutating func gain(_ slot: Pagemap.Slot, of address: UInt64) {
    _ = table.with(address) { $0.references.gain(slot) }
  }

  /// A VM with a slot left its owner group. Answers false where the life of that slot is over.
  mutating func loseSlot(_ address: UInt64, life: UInt64, of peer: UInt64, _ note: EventNote)
    -> Bool
  {
    table.with(address) { pagemap in
      guard pagemap.serial == life else { return false }
      pagemap.references.loseSlot(of: peer, isActive: pagemap.state == .active, note)
      return true
    } ?? false
  }

  /// A zdd of this life holds a reference from now on. Answers false where the life is over.
  mutating func gainZdd(_ address: UInt64, life: UInt64?) -> Bool {
    table.with(address) { pagemap in
      guard pagemap.serial == life, pagemap.state == .active else { return false }
      pagemap.references.gainZdd()
      return true
    } ?? false
  }

  /// A zdd of this life holds none any more.
  mutating func loseZdd(_ address: UInt64, life: UInt64) {
    _ = table.with(address) { if $0.serial == life { $0.references.loseZdd() } }
  }

  /// A zdd ended: its put follows, or is this.
  mutating func noteZddEnd(_ address: UInt64, _ note: EventNote) {
    _ = table.with(address) { $0.references.noteZddEnd(note) }
  }

  /// The put of a zdd that `task` ended may not have taken effect yet.
  mutating func expectPut(_ address: UInt64, by task: TaskKey, since time: UInt64) {
    zddPuts.expect(address, by: task)
    _ = table.with(address) { $0.references.zddEnded(.init(task: task, time: time)) }
  }

  /// Whether any put of a zdd's end is waited for.
  @inline(__always)
  var hasOpenPuts: Bool { !zddPuts.isEmpty }

  /// A task that does something else has long put the pagemap of the zdd that it ended.
  mutating func settlePuts(of task: TaskKey) {
    while let pagemap = zddPuts.settle(task) { settlePut(pagemap, of: task) }
    for late in zddPuts.giveUp() { settlePut(late.pagemap, of: late.task) }
  }

  private mutating func settlePut(_ address: UInt64, of task: TaskKey) {
    _ = table.with(address) { $0.references.settleZddPut(of: task) }
  }

  /// A `struct drm_gpusvm_pages` holds a reference from now on.
  mutating func gainPages(_ address: UInt64) {
    _ = table.with(address) { $0.references.gainPages() }
  }

  /// A `struct drm_gpusvm_pages` holds none any more.
  mutating func losePages(_ address: UInt64) {
    _ = table.with(address) { $0.references.losePages() }
  }

  /// A task entered a call on it, or on its cache.
  mutating func noteCaller(_ address: UInt64, _ pid: Int32) {
    _ = table.with(address) { $0.references.noteCaller(pid) }
  }

  /// Tasks that were in calls on it when an event showed more of its count to be unexplained.
  mutating func addTasks(_ pids: [Int32], to address: UInt64, reachedBy sequence: UInt64) {
    _ = table.with(address) { $0.references.addTasks(pids, reachedBy: sequence) }
  }

  /// The stack of the event that showed more of its count to be unexplained.
  mutating func addStack(_ frames: [UInt64], to address: UInt64, of sequence: UInt64) {
    _ = table.with(address) { $0.references.addStack(frames, of: sequence) }
  }
}
