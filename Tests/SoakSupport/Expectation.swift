package import PagemapRules
package import ReferenceKernel

/// What an analysis has to find where a fault was planted.
package struct Expectation: Sendable {
  /// The classes that name the fault.
  package var classes: Set<FindingClass>
  /// Whether the events prove it, so that the trace fails.
  package var isCertain = true
  /// Whether the rules decide it by now. Where not, finding nothing is right, and so is finding it.
  package var isDecided = true

  /// The table: one line a fault. Switch `isDecided` on with the rule that decides it.
  package static func of(_ fault: Fault) -> Expectation {
    switch fault {
    case .leakedSlot, .leakedAttribute, .leakedByZdd, .leakedByPages, .leakedTransient:
      Expectation(classes: [.leakReference])
    case .extraPut: Expectation(classes: [.refcountUnderflow, .useAfterDestroy])
    case .leakedFolio: Expectation(classes: [.leakPage])
    case .leakedZdd: Expectation(classes: [.leakPage], isDecided: false)
    case .peerNeverLeaves, .pagemapPeerNeverLeaves: Expectation(classes: [.ownerLeak])
    case .peerLeavesTwice: Expectation(classes: [.lifecycle, .protocol], isDecided: false)
    case .secondPagemap: Expectation(classes: [.duplicatePagemap])
    case .useAfterDestroy: Expectation(classes: [.useAfterDestroy])
    case .destroyedTwice:
      Expectation(classes: [.lifecycle, .useAfterDestroy], isDecided: false)
    case .folioFreedTwice:
      Expectation(classes: [.lifecycle, .refcountUnderflow], isDecided: false)
    case .initialisedWhileLive:
      Expectation(classes: [.doubleMigration, .lifecycle], isDecided: false)
    case .staleMove: Expectation(classes: [.doubleMigration])
    case .evictionStuck: Expectation(classes: [.evictionStuck], isCertain: false)
    case .migrationAfterUnplug: Expectation(classes: [.migrateAfterUnplug])
    case .lookupWithoutLock: Expectation(classes: [.protocol], isDecided: false)
    case .neverFinalised:
      Expectation(classes: [.protocol, .lifecycle, .livelock], isCertain: false, isDecided: false)
    case .clearedBeforeUnmap: Expectation(classes: [.dmaMapping], isDecided: false)
    case .shrinkerCountOff: Expectation(classes: [.lifecycle, .protocol], isDecided: false)
    }
  }
}
