extension PagemapEvent {
  // MARK: Objects

  /// See `Field.dpagemap`; nil where it was not recorded or holds garbage.
  package var dpagemap: UInt64? { self[.dpagemap] }
  /// See `Field.drm`; nil where it was not recorded or holds garbage.
  package var drm: UInt64? { self[.drm] }
  /// See `Field.device`; nil where it was not recorded or holds garbage.
  package var device: UInt64? { self[.device] }
  /// See `Field.pgmap`; nil where it was not recorded or holds garbage.
  package var pgmap: UInt64? { self[.pgmap] }
  /// See `Field.devHold`; nil where it was not recorded or holds garbage.
  package var devHold: UInt64? { self[.devHold] }
  /// See `Field.cache`; nil where it was not recorded or holds garbage.
  package var cache: UInt64? { self[.cache] }
  /// See `Field.shrinker`; nil where it was not recorded or holds garbage.
  package var shrinker: UInt64? { self[.shrinker] }
  /// See `Field.shrink`; nil where it was not recorded or holds garbage.
  package var shrink: UInt64? { self[.shrink] }
  /// See `Field.peer`; nil where it was not recorded or holds garbage.
  package var peer: UInt64? { self[.peer] }
  /// See `Field.owner`; nil where it was not recorded or holds garbage.
  package var owner: UInt64? { self[.owner] }
  /// See `Field.ownerList`; nil where it was not recorded or holds garbage.
  package var ownerList: UInt64? { self[.ownerList] }
  /// See `Field.zdd`; nil where it was not recorded or holds garbage.
  package var zdd: UInt64? { self[.zdd] }
  /// See `Field.devmem`; nil where it was not recorded or holds garbage.
  package var devmem: UInt64? { self[.devmem] }
  /// See `Field.folio`; nil where it was not recorded or holds garbage.
  package var folio: UInt64? { self[.folio] }
  /// See `Field.newFolio`; nil where it was not recorded or holds garbage.
  package var newFolio: UInt64? { self[.newFolio] }
  /// See `Field.page`; nil where it was not recorded or holds garbage.
  package var page: UInt64? { self[.page] }
  /// See `Field.mm`; nil where it was not recorded or holds garbage.
  package var mm: UInt64? { self[.mm] }
  /// See `Field.vma`; nil where it was not recorded or holds garbage.
  package var vma: UInt64? { self[.vma] }
  /// See `Field.gpusvm`; nil where it was not recorded or holds garbage.
  package var gpusvm: UInt64? { self[.gpusvm] }
  /// See `Field.range`; nil where it was not recorded or holds garbage.
  package var range: UInt64? { self[.range] }
  /// See `Field.svmPages`; nil where it was not recorded or holds garbage.
  package var svmPages: UInt64? { self[.svmPages] }
  /// See `Field.notifier`; nil where it was not recorded or holds garbage.
  package var notifier: UInt64? { self[.notifier] }
  /// See `Field.migrate`; nil where it was not recorded or holds garbage.
  package var migrate: UInt64? { self[.migrate] }
  /// See `Field.vm`; nil where it was not recorded or holds garbage.
  package var vm: UInt64? { self[.vm] }
  /// See `Field.bo`; nil where it was not recorded or holds garbage.
  package var bo: UInt64? { self[.bo] }
  /// See `Field.xeVma`; nil where it was not recorded or holds garbage.
  package var xeVma: UInt64? { self[.xeVma] }
  /// See `Field.fence`; nil where it was not recorded or holds garbage.
  package var fence: UInt64? { self[.fence] }
  /// See `Field.work`; nil where it was not recorded or holds garbage.
  package var work: UInt64? { self[.work] }

  // MARK: Reference counts

  /// See `Field.ref`; nil where it was not recorded or holds garbage.
  package var ref: Int64? { signed(.ref) }
  /// See `Field.zddRef`; nil where it was not recorded or holds garbage.
  package var zddRef: Int64? { signed(.zddRef) }
  /// See `Field.ownerRef`; nil where it was not recorded or holds garbage.
  package var ownerRef: Int64? { signed(.ownerRef) }
  /// See `Field.rangeRef`; nil where it was not recorded or holds garbage.
  package var rangeRef: Int64? { signed(.rangeRef) }

  // MARK: Values

  /// See `Field.start`; nil where it was not recorded or holds garbage.
  package var start: UInt64? { self[.start] }
  /// See `Field.end`; nil where it was not recorded or holds garbage.
  package var end: UInt64? { self[.end] }
  /// See `Field.address`; nil where it was not recorded or holds garbage.
  package var address: UInt64? { self[.address] }
  /// See `Field.size`; nil where it was not recorded or holds garbage.
  package var size: UInt64? { self[.size] }
  /// See `Field.npages`; nil where it was not recorded or holds garbage.
  package var npages: UInt64? { self[.npages] }
  /// See `Field.order`; nil where it was not recorded or holds garbage.
  package var order: UInt64? { self[.order] }
  /// See `Field.direction`; nil where it was not recorded or holds garbage.
  package var direction: UInt64? { self[.direction] }
  /// See `Field.timesliceMs`; nil where it was not recorded or holds garbage.
  package var timesliceMs: UInt64? { self[.timesliceMs] }
  /// See `Field.done`; nil where it was not recorded or holds garbage.
  package var done: Int64? { signed(.done) }
  /// See `Field.queued`; nil where it was not recorded or holds garbage.
  package var queued: Int64? { signed(.queued) }
  /// See `Field.isMigrated`; nil where it was not recorded or holds garbage.
  package var isMigrated: UInt64? { self[.isMigrated] }
  /// See `Field.isAtomic`; nil where it was not recorded or holds garbage.
  package var isAtomic: UInt64? { self[.isAtomic] }
  /// See `Field.peerPrivate`; nil where it was not recorded or holds garbage.
  package var peerPrivate: UInt64? { self[.peerPrivate] }
  /// See `Field.old`; nil where it was not recorded or holds garbage.
  package var old: UInt64? { self[.old] }
  /// See `Field.num`; nil where it was not recorded or holds garbage.
  package var num: Int64? { signed(.num) }
  /// See `Field.count`; nil where it was not recorded or holds garbage.
  package var count: UInt64? { self[.count] }
  /// See `Field.flags`; nil where it was not recorded or holds garbage.
  package var flags: UInt64? { self[.flags] }
  /// See `Field.event`; nil where it was not recorded or holds garbage.
  package var event: UInt64? { self[.event] }
  /// See `Field.cpages`; nil where it was not recorded or holds garbage.
  package var cpages: UInt64? { self[.cpages] }
  /// See `Field.pagemapType`; nil where it was not recorded or holds garbage.
  package var pagemapType: UInt64? { self[.pagemapType] }
  /// See `Field.vmStart`; nil where it was not recorded or holds garbage.
  package var vmStart: UInt64? { self[.vmStart] }
  /// See `Field.vmEnd`; nil where it was not recorded or holds garbage.
  package var vmEnd: UInt64? { self[.vmEnd] }
  /// See `Field.asid`; nil where it was not recorded or holds garbage.
  package var asid: UInt64? { self[.asid] }
  /// See `Field.result`; nil where it was not recorded or holds garbage.
  package var result: Int64? { signed(.result) }

  // MARK: Rarer values

  /// See `Field.sourcePagemap`; nil where it was not recorded or holds garbage.
  package var sourcePagemap: UInt64? { self[.sourcePagemap] }
  /// See `Field.mpages`; nil where it was not recorded or holds garbage.
  package var mpages: UInt64? { self[.mpages] }
  /// See `Field.userptr`; nil where it was not recorded or holds garbage.
  package var userptr: UInt64? { self[.userptr] }
  /// See `Field.mappingDevice`; nil where it was not recorded or holds garbage.
  package var mappingDevice: UInt64? { self[.mappingDevice] }
  /// See `Field.attr`; nil where it was not recorded or holds garbage.
  package var attr: UInt64? { self[.attr] }
  /// See `Field.otherPeer`; nil where it was not recorded or holds garbage.
  package var otherPeer: UInt64? { self[.otherPeer] }
  /// See `Field.fd`; nil where it was not recorded or holds garbage.
  package var fd: Int64? { signed(.fd) }
  /// See `Field.regionInstance`; nil where it was not recorded or holds garbage.
  package var regionInstance: UInt64? { self[.regionInstance] }
}
