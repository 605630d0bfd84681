/// A put that took a pagemap's count below what its known holders need.
///
/// It is settled when a VM that had a slot leaves its owner group: drivers put the slots first and
/// leave next (xe: `xe_svm_close`). What stays is a put too many, or a VM that never left.
package struct Deficit: Sendable {
  /// The pagemap, by serial number and address.
  package var pagemapSerial: UInt64
  package var pagemap: UInt64
  package var epoch: UInt32
  /// The put.
  package var put: EventNote
  /// The count it left and what the known holders needed then.
  package var value: Int64
  package var needed: Int64
  /// Whether its task has done nothing but put and release since: then it may belong to the close
  /// of a VM that is about to leave.
  package var isFresh = true
  /// Whether its task let a VM leave in that same close, and that VM's own put was another one.
  package var isOverdrawn = false
  /// The VM peers that had a slot then, by serial number.
  package var holders: [UInt64]
}
