/// One thing that goes wrong.
package enum Fault: String, CaseIterable, Sendable {
  /// A VM closes and does not put its slot.
  case leakedSlot
  /// A VMA goes and does not put the pagemap it preferred.
  case leakedAttribute
  /// A zdd ends and does not put its pagemap.
  case leakedByZdd
  /// A pages object is unmapped and does not put its pagemap.
  case leakedByPages
  /// An ioctl does not put the pagemap that it looked up.
  case leakedTransient
  /// A VM that closes puts its slot twice.
  case extraPut
  /// A reference of a device folio is never dropped.
  case leakedFolio
  /// A reference of a zdd is never dropped.
  case leakedZdd
  /// A VM closes and does not leave its owner group.
  case peerNeverLeaves
  /// A destroyed pagemap does not leave its owner group.
  case pagemapPeerNeverLeaves
  /// A VM leaves its owner group twice.
  case peerLeavesTwice
  /// A lookup does not store what it created.
  case secondPagemap
  /// A pagemap is used that is destroyed.
  case useAfterDestroy
  /// The shrinker destroys a pagemap twice.
  case destroyedTwice
  /// A device folio is freed twice.
  case folioFreedTwice
  /// A page is initialised whose folio lives.
  case initialisedWhileLive
  /// Content that was moved is moved once more.
  case staleMove
  /// An eviction fails as long as anyone looks.
  case evictionStuck
  /// Pages move to a device that is gone.
  case migrationAfterUnplug
  /// A lookup goes without the lock.
  case lookupWithoutLock
  /// A migration that was set up is never finalised.
  case neverFinalised
  /// The arrays are cleared before they are unmapped.
  case clearedBeforeUnmap
  /// The shrinker's count does not follow its list.
  case shrinkerCountOff
}

/// When the fault happens, and with what it happened.
struct Injection {
  let fault: Fault?
  /// How many chances are let go first.
  var countdown: Int
  /// The addresses that the broken object goes by; empty before it happened.
  private(set) var broken: [UInt64] = []
  private(set) var time: UInt64 = 0

  init(fault: Fault?, countdown: Int) {
    self.fault = fault
    // These are noted when they have come about.
    let comesAbout: Set<Fault?> = [.secondPagemap, .migrationAfterUnplug, .staleMove]
    self.countdown = comesAbout.contains(fault) ? 0 : countdown
  }

  var isPending: Bool { fault != nil && broken.isEmpty }

  mutating func fires(_ candidate: Fault, _ addresses: [UInt64], at now: UInt64) -> Bool {
    guard candidate == fault, broken.isEmpty else { return false }
    if countdown > 0 {
      countdown -= 1
      return false
    }
    broken = addresses
    time = now
    return true
  }

  /// Another name of the broken object.
  mutating func alsoKnown(as address: UInt64) { broken.append(address) }
}
