extension ObjectSnapshot.Kind {
  package static let gpusvm = Self("gpusvm")
  package static let svmRange = Self("svm-range")
  package static let svmPages = Self("svm-pages")
  package static let notifier = Self("notifier")
}

extension SVMRoom: Room {
  static var steps: [StepRow] { KernelMirror.svmPagesSteps + KernelMirror.rangeSteps }
  static var kinds: [any ObjectKind] { [gpusvmKind, rangeKind, pagesKind, notifierKind] }

  private static let gpusvmKind = ObjectDescription<GPUSVM>(
    .gpusvm, array: "gpusvms", title: "GPU SVMs",
    all: { $0.svms.gpusvmAddresses }, find: { $0.svms.gpusvm(at: $1) },
    properties: [
      .address("mm", "mm") { $0.mm },
      .event("since", "since") { $0.since }.quiet,
    ]
  ).with {
    $0.hasLives = true
    $0.live = { $0.svms.liveGPUSVMs }
    $0.epoch = { $0.epoch }
    $0.serial = { $0.serial }
    $0.isOver = { $0.state == .finished }
  }

  private static let rangeKind = ObjectDescription<SVMRange>(
    .svmRange, array: "svmRanges", title: "Ranges of GPU SVMs",
    all: { $0.svms.rangeAddresses }, find: { $0.svms.range(at: $1) },
    properties: [
      .reference("gpusvm", "gpusvm") { $0.gpusvm },
      .range("range", "range") { ($0.start, $0.end) },
      .event("since", "since") { $0.since }.quiet,
    ]
  ).with {
    $0.hasLives = true
    $0.live = { $0.svms.liveRanges }
    $0.epoch = { $0.epoch }
    $0.serial = { $0.serial }
    $0.isOver = { $0.state == .removed }
  }

  private static let pagesKind = ObjectDescription<SVMPages>(
    .svmPages, array: "svmPages", title: "Pages objects (drm_gpusvm_pages)",
    all: { $0.svms.pagesAddresses }, find: { $0.svms.pages(at: $1) },
    properties: [
      .reference("pagemap", "pagemap") { $0.pagemap },
      .event("flagged", "its memory was unmapped") { $0.flagged }.quiet,
    ]
  ).with { $0.live = { $0.svms.holdingPages } }

  private static let notifierKind = ObjectDescription<Notifier>(
    .notifier, array: "notifiers", title: "Notifiers",
    all: { $0.svms.notifierAddresses }, find: { $0.svms.notifier(at: $1) },
    properties: [.event("since", "since") { $0.since }.quiet]
  ).with { $0.isOver = { $0.state == .removed } }
}
