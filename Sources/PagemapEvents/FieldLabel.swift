extension PagemapEvent.Field {
  /// The name that the field has in the kernel and in the usual probe sets.
  package var label: String {
    switch self {
    case .device: "dev"
    case .devHold: "dev_hold"
    case .ownerList: "list"
    case .newFolio: "new_folio"
    case .svmPages: "svm_pages"
    case .notifier: "mni"
    case .xeVma: "vma"
    case .zddRef: "zref"
    case .ownerRef: "oref"
    case .rangeRef: "rref"
    case .address: "addr"
    case .direction: "dir"
    case .timesliceMs: "timeslice_ms"
    case .isMigrated: "migrated"
    case .isAtomic: "atomic"
    case .peerPrivate: "private"
    case .count: "nr"
    case .pagemapType: "type"
    case .vmStart: "vm_start"
    case .vmEnd: "vm_end"
    case .result: "ret"
    case .sourcePagemap: "last_dpagemap"
    case .userptr: "ptr"
    case .mappingDevice: "mapping_dev"
    case .otherPeer: "peer2"
    case .regionInstance: "region_instance"
    default: "\(self)"
    }
  }

  /// How its value is written.
  package enum Style: Sendable {
    /// Hexadecimal: addresses and flag words.
    case hexadecimal
    /// Decimal, with a sign.
    case signed
    /// Decimal, without a sign.
    case unsigned
    /// An index of `Names`.
    case name
  }

  /// How its value is written.
  package var style: Style {
    switch self {
    case .device: .name
    case .ref, .zddRef, .ownerRef, .rangeRef, .num, .result, .fd: .signed
    case .size, .npages, .order, .direction, .timesliceMs, .done, .queued, .isMigrated, .isAtomic,
      .peerPrivate, .count, .event, .cpages, .pagemapType, .asid, .mpages, .regionInstance:
      .unsigned
    default: .hexadecimal
    }
  }
}
