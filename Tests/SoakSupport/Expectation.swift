package import PagemapRules
package import ReferenceKernel

/// What an analysis has to find where a fault was planted.
package struct Expectation: Sendable {
  /// The classes that name the fault.
  package var classes: Set<FindingClass>
  /// Whether the events prove it, so that the trace fails.
  package var isCertain = true
  /// Whether the rules find it by now.
  package var status = Status.found
  /// What else follows from it, on other objects.
  package var consequences: Set<FindingClass> = []

  /// What the rules do about a fault by now: `found` is the aim.
  package enum Status: Sendable {
    /// They find it whenever it comes about.
    case found
    /// They miss it now and then; why.
    case missedAtTimes(String)
    /// No rule decides it yet. Finding nothing is right, and so is finding it.
    case notYet
  }

  /// The table: one line a fault. A rule that decides a fault takes its `status` away.
  package static func of(_ fault: Fault) -> Expectation {
    switch fault {
    case .leakedSlot, .leakedAttribute, .leakedByPages: Expectation(classes: [.leakReference])
    case .leakedByZdd:
      Expectation(
        classes: [.leakReference],
        status: .missedAtTimes("the last zdd ends with a count of 1 and no release follows"))
    case .leakedTransient:
      Expectation(
        classes: [.leakReference],
        status: .missedAtTimes("the leaked reference is the only one that there ever was"))
    case .extraPut:
      Expectation(
        classes: [.refcountUnderflow, .useAfterDestroy],
        status: .missedAtTimes("only the return of a put that others overtook shows it"))
    case .leakedFolio:
      Expectation(
        classes: [.leakPage],
        status: .missedAtTimes("its allocation's memory is offered again before the process ends"),
        consequences: [.leakReference])
    case .leakedZdd:
      Expectation(
        classes: [.leakPage],
        status: .missedAtTimes("a migration that failed leaves it without any folio"),
        consequences: [.leakReference, .leakPage])
    case .peerNeverLeaves:
      Expectation(
        classes: [.ownerLeak, .lifecycle],
        status: .missedAtTimes("the peer's memory is used again by one that joins"))
    case .pagemapPeerNeverLeaves:
      Expectation(
        classes: [.ownerLeak],
        status: .missedAtTimes("when devres unmapped the memory before the pagemap is destroyed"))
    case .peerLeavesTwice:
      Expectation(
        classes: [.lifecycle, .protocol, .ownerLeak],
        consequences: [.leakReference, .ownerLeak])
    case .secondPagemap:
      Expectation(classes: [.duplicatePagemap], consequences: [.duplicatePagemap])
    case .useAfterDestroy: Expectation(classes: [.useAfterDestroy])
    case .destroyedTwice:
      Expectation(
        classes: [.lifecycle, .useAfterDestroy],
        consequences: [.useAfterDestroy])
    case .folioFreedTwice:
      Expectation(
        classes: [.lifecycle, .refcountUnderflow],
        status: .missedAtTimes(
          "without drm_pagemap_folio_split the second free may be that of a part"),
        consequences: [.lifecycle, .leakReference, .refcountUnderflow, .useAfterDestroy])
    case .initialisedWhileLive:
      Expectation(
        classes: [.doubleMigration, .lifecycle],
        status: .missedAtTimes("once in 10,000 sequences, seed 7851: not explained yet"),
        consequences: [.lifecycle, .leakPage])
    case .staleMove: Expectation(classes: [.doubleMigration])
    case .evictionStuck: Expectation(classes: [.evictionStuck], isCertain: false)
    case .migrationAfterUnplug:
      Expectation(
        classes: [.migrateAfterUnplug],
        status: .missedAtTimes("the migration begins right behind the unplug"))
    case .lookupWithoutLock:
      Expectation(classes: [.protocol], consequences: [.duplicatePagemap, .lifecycle])
    case .neverFinalised:
      Expectation(
        classes: [.protocol, .lifecycle, .livelock], isCertain: false,
        status: .missedAtTimes("the recording ends too soon"),
        consequences: [.leakPage, .leakReference, .evictionStuck])
    case .clearedBeforeUnmap:
      Expectation(
        classes: [.dmaMapping],
        status: .missedAtTimes("once in 10,000 sequences, seed 319: not explained yet"))
    case .shrinkerCountOff:
      Expectation(
        classes: [.lifecycle, .protocol],
        status: .missedAtTimes("only a count that is taken later shows it"))
    }
  }
}
