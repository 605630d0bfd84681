import PagemapEvents

/// An event that the kernel's own logic rules out in the state that its object was in.
///
/// The model tells what happened to which object and since when that must not happen. Whether it is
/// certain, and how bad, is the rules' business.
package struct Breach: Sendable {
  /// What happened, by the object it happened to.
  package enum Kind: UInt8, CaseIterable, Sendable {
    // MARK: drm_pagemap

    /// `drm_pagemap_release` of a pagemap that was released before and not initialised again.
    case releasedTwice
    /// `drm_pagemap_reinit` of a pagemap that has references, is on the list or was destroyed.
    case reinitInUse
    /// Released, and neither queued nor destroyed by the end of the recording.
    case releasedWithoutFate
    /// `drm_pagemap_destroy` of a pagemap that was destroyed before.
    case destroyedTwice
    /// `drm_pagemap_destroy` of a pagemap that has references.
    case destroyedInUse
    /// `drm_pagemap_destroy` of a pagemap on the shrinker's list by a task that did not take it off.
    case destroyedOnList
    /// A destroy that may sleep, from a place that must not.
    case sleepingDestroy
    /// The provider is held although the pagemap was released long ago.
    case providerHeld
    /// `memunmap_pages` while device folios of it live.
    case unmappedWithFolios
    /// `memunmap_pages` of memory that is not mapped.
    case unmappedTwice

    // MARK: cache and shrinker

    /// A lookup function without the cache's lock.
    case lookupWithoutLock
    /// The cache's lock was given to two tasks, or kept beyond the lookup.
    case lookupLockKept
    /// The cache handed out a pagemap without a reference.
    case cacheGaveDead
    /// The cache's slot is empty although its pagemap is in use.
    case cacheLostPagemap
    /// `queued` is complete although the slot's pagemap is in use.
    case staleQueued
    /// A cache was used after `drm_pagemap_cache_fini`.
    case cacheAfterFini
    /// A pagemap was put on the shrinker's list twice, or the list's length is off.
    case shrinkerList
    /// `drm_pagemap_shrinker_fini` with pagemaps on the list.
    case shrinkerNotEmpty

    // MARK: owner and peer

    /// `drm_pagemap_acquire_owner` of a peer that is in a group.
    case joinedTwice
    /// `drm_pagemap_release_owner` of a peer that has left.
    case leftTwice
    /// A VM's peer and the pagemap of its own device are in different groups, or the mapped memory
    /// is another group's.
    case ownerMismatch
    /// A new owner has the address that mapped memory still names.
    case ownerReused
    /// Pages moved between devices of different groups.
    case foreignMigration

    // MARK: zdd, device allocation, device folio

    /// A zdd ended while folios of it live, or a folio of an ended zdd was freed.
    case zddEndedWithFolios
    /// A zdd ended twice.
    case zddEndedTwice
    /// A folio's zdd belongs to another pagemap's memory.
    case zddOfOtherPagemap
    /// The driver got an allocation back twice, or never.
    case allocationRelease
    /// `zone_device_page_init` of a page whose folio lives.
    case initWhileLive
    /// `drm_pagemap_folio_free` of a folio that was freed.
    case freedTwice
    /// A CPU fault on a page that is free.
    case faultOnFree
    /// A folio was freed while a CPU fault on it ran.
    case freedUnderFault
    /// A folio was freed while a migration had it locked.
    case freedWhileLocked

    // MARK: migrations

    /// Collected pages were never finalized, or finalized without a move.
    case notFinalized
    /// A copy outside the stretch in which source and destination are locked.
    case copyOutsideMigration
    /// A copy in the wrong direction.
    case copyDirection
    /// The array that names the mapped pages was cleared before they were unmapped.
    case clearedBeforeUnmap
    /// Mapped pages were never unmapped.
    case mappingKept
    /// A copy failed, and pages moved all the same.
    case movedAfterFailedCopy
    /// Pages were mapped and copied although none was populated, or the count was not reset.
    case copiedNothing
    /// An eviction said success and left pages, or tried too often.
    case evictionIncomplete
    /// A CPU fault moved pages within their timeslice.
    case movedInTimeslice
    /// A migration within an mmu notifier.
    case migrationInNotifier

    // MARK: drm_gpusvm and the driver

    /// A gpusvm was used after `drm_gpusvm_fini`.
    case gpusvmAfterFini
    /// A range was removed twice, or put below zero.
    case rangeRemovedTwice
    /// `drm_gpusvm_get_pages` failed and kept its hold.
    case failedGetPagesHolds
    /// `drm_gpusvm_get_pages` of pages that were flagged unmapped succeeded.
    case pagesOfUnmapped
    /// `drm_gpusvm_get_pages` of a range that was taken out of the tree.
    case pagesOfRemoved
    /// A call took longer than its own bound.
    case overlongCall
    /// Returned or entered with a preempt count that it must not have.
    case preemptCount
    /// A VM was used after it was closed.
    case vmAfterClose
    /// A migration was tried again more often than the driver does.
    case triedTooOften
    /// What the rule itself decided.
    case byRule
  }

  /// The number of the rule that objects; 0 where `kind` tells.
  package internal(set) var rule = 0
  /// Which of the things that the rule is about it is, as the rule counts them.
  package var variant = 0
  /// What happened.
  package var kind: Kind
  /// The object, as a report names it; its device's name is an index in `device`.
  package var object: ObjectReference
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
  /// What it has its root in.
  package var cause: Cause
  /// The event that shows it.
  package var note: EventNote
  /// What led to it, oldest first, each with what it shows.
  package var earlier: [(note: EventNote, remark: StaticString)] = []
  /// Since when every event must be known, for the conclusion to hold.
  package var provedSince: UInt64
  /// Causes of other findings that it explains as well.
  package var explains: [Cause] = []
  /// Whether something in flight, or stamps that are equal, leave another explanation.
  package var isAmbiguous = false
  /// Figures that the rule's words need: what was found, and what was expected.
  package var found: Int64 = 0
  package var expected: Int64 = 0

  /// A breach of the rule that looks: its `variant`, the object as a report names it, what it has its
  /// root in, the event that shows it, and the event that is at its beginning, with what that shows.
  package init(
    _ variant: Int = 0, _ object: ObjectReference, _ cause: Cause, note: EventNote,
    since earlier: EventNote? = nil, _ remark: StaticString = ""
  ) {
    self.init(.byRule, object, cause, note: note, since: earlier, remark)
    self.variant = variant
  }

  init(
    _ kind: Kind, _ object: ObjectReference, _ cause: Cause, note: EventNote,
    since earlier: EventNote? = nil, _ remark: StaticString = ""
  ) {
    self.kind = kind
    self.object = object
    self.cause = cause
    self.note = note
    provedSince = earlier?.time ?? note.time
    if let earlier {
      self.earlier = [(earlier, remark)]
      isAmbiguous = earlier.time == note.time && earlier.cpu != note.cpu
    }
  }

  init(
    _ kind: Kind, _ object: ObjectReference, serial: UInt64, note: EventNote,
    since earlier: EventNote? = nil, _ remark: StaticString = ""
  ) {
    self.init(kind, object, .life(serial), note: note, since: earlier, remark)
  }
}
