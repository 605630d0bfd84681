import PagemapEvents

/// An event that the kernel's own logic rules out in the state that its object was in.
///
/// The model tells what happened to which object and since when that must not happen. Whether it is
/// certain, and how bad, is the rules' business.
package struct Breach: Sendable {
  /// What happened, by the object it happened to.
  package enum Kind: UInt8, CaseIterable, Sendable {
    // MARK: owner and peer

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
