package import TraceWords

/// What names an object in a report: its kind, its address as recorded, and which life of that
/// address it is, since addresses are reused within milliseconds.
package struct ObjectReference: Hashable, Sendable {
  /// The kinds of objects that findings are about.
  package enum Kind: String, CaseIterable, Sendable {
    case pagemap
    case cache
    case shrinker
    case gpusvm
    case svmRange = "svm-range"
    case svmPages = "svm-pages"
    case vm
    case task
    case vmPeer = "vm-peer"
    case pagemapPeer = "pagemap-peer"
    case zdd
    case deviceAllocation = "device-allocation"
    case folio
    case page
    case range
    case device
  }

  /// What it is.
  package var kind: Kind
  /// Its address; for a range the virtual address where it starts.
  package var address: UInt64
  /// Which life of this address: 1 for the first that the trace shows.
  package var epoch: UInt32
  /// The device's unique name, where it is known.
  package var device: String?
  /// For a range: where it ends (exclusive).
  package var end: UInt64?
  /// For a range or a page: the process's address space.
  package var mm: UInt64?
  /// For a page: the virtual address it is mapped at.
  package var virtualAddress: UInt64?
  /// For a peer: the owner group it belongs to.
  package var owner: UInt64?

  package init(kind: Kind, address: UInt64, epoch: UInt32, device: String? = nil) {
    self.kind = kind
    self.address = address
    self.epoch = epoch
    self.device = device
  }
}

/// A point of the trace: when, where, by whom.
package struct Moment: Hashable, Sendable {
  /// By the trace's clock, in nanoseconds.
  package var time: UInt64
  /// The CPU.
  package var cpu: UInt32
  /// The task's id.
  package var pid: Int32
  /// The task's name, where it is known; filled in when a finding leaves the rules.
  package var task: String?

  package init(time: UInt64, cpu: UInt32, pid: Int32, task: String? = nil) {
    self.time = time
    self.cpu = cpu
    self.pid = pid
    self.task = task
  }
}

/// A task in a list of tasks.
package struct NamedTask: Hashable, Sendable {
  /// The task's id.
  package var pid: Int32
  /// The task's name, where it is known; filled in when a finding leaves the rules.
  package var name: String?

  package init(pid: Int32, name: String? = nil) {
    self.pid = pid
    self.name = name
  }

  /// `pmtest-147`; the id alone where the name is not known.
  package var label: String { (name.map { "\($0)-" } ?? "") + "\(pid)" }
}

/// One event that a finding rests on: the words for what the model keeps as an `EventNote`.
package struct Evidence: Hashable, Sendable {
  /// When, where, by whom.
  package var moment: Moment
  /// The event in the kernel's words, for example `drm_pagemap_put`.
  package var event: String
  /// Its fields and what it shows: `dpagemap=0xff… ref=3`.
  package var detail: Sentence
  /// The place of the event in the merged trace.
  package var sequence: UInt64
  /// The kernel's stack at the event, from the function it is of outwards, as
  /// `drm_pagemap_put+0x1c` or as an address; empty where none was recorded. Filled in when a
  /// finding leaves the rules.
  package var stack: [String] = []

  package init(moment: Moment, event: String, detail: Sentence, sequence: UInt64) {
    self.moment = moment
    self.event = event
    self.detail = detail
    self.sequence = sequence
  }
}

/// Who holds the references of an object: known holders, and what no event explains.
package struct ReferenceLedger: Hashable, Sendable {
  /// Some references of one kind.
  package struct Holder: Hashable, Sendable {
    /// What holds them, in the singular: `VM slot`, `zdd`.
    package var kind: String
    /// How many.
    package var count: Int64
    /// The holders' addresses, lowest first, at most eight.
    package var addresses: [UInt64]

    package init(kind: String, count: Int64, addresses: [UInt64] = []) {
      self.kind = kind
      self.count = count
      self.addresses = addresses
    }
  }

  /// The count as sampled.
  package var references: Int64
  /// When it was sampled.
  package var sampledAt: Moment
  /// What the model knows to hold references.
  package var holders: [Holder]
  /// References that no known holder explains.
  package var unattributed: Int64
  /// The interval in which they appeared: the last sample without and the first with them.
  package var appearedAfter: Moment?
  /// The first sample that shows them.
  package var appearedBefore: Moment?
  /// The tasks that ran modelled functions on the object or its cache in that interval, at most
  /// eight.
  package var tasksThen: [NamedTask]
  /// The place in the merged trace of the first sample that shows them.
  package var shownBy: UInt64?
  /// The stack at that sample, as `Evidence.stack`.
  package var stack: [String] = []

  package init(
    references: Int64, sampledAt: Moment, holders: [Holder], unattributed: Int64,
    appearedAfter: Moment? = nil, appearedBefore: Moment? = nil, tasksThen: [NamedTask] = []
  ) {
    self.references = references
    self.sampledAt = sampledAt
    self.holders = holders
    self.unattributed = unattributed
    self.appearedAfter = appearedAfter
    self.appearedBefore = appearedBefore
    self.tasksThen = tasksThen
  }
}
