extension ObjectSnapshot.Kind {
  package static let vm = Self("vm")
  package static let vmaAttribute = Self("vma-attribute")
}

extension VMRoom: Room {
  static var steps: [StepRow] { KernelMirror.vmSteps }
  static var kinds: [any ObjectKind] { [vmKind, attributeKind] }

  private static let vmKind = ObjectDescription<XeVM>(
    .vm, array: "vms", title: "VMs",
    all: { $0.vms.addresses }, find: { $0.vms[$1] },
    properties: [.event("since", "since") { $0.since }.quiet]
  ).with {
    $0.hasLives = true
    $0.live = { $0.vms.liveCount }
    $0.epoch = { $0.epoch }
    $0.serial = { $0.serial }
    $0.isOver = { $0.state == .finished }
  }

  private static let attributeKind = ObjectDescription<VMAAttribute>(
    .vmaAttribute, array: "vmaAttributes", title: "Attributes of VMAs (xe_vma_mem_attr)",
    all: { $0.vms.attributeAddresses }, find: { $0.vms.attribute(at: $1) },
    properties: [
      .reference("pagemap", "pagemap") { $0.pagemap },
      .event("since", "since") { $0.since }.quiet,
    ])
}
