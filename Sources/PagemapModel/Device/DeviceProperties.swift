extension ObjectSnapshot.Kind {
  package static let device = Self("device")
}

extension DeviceRoom: Room {
  static var steps: [StepRow] { KernelMirror.deviceSteps }
  static var kinds: [any ObjectKind] { [devices] }

  private static let devices = ObjectDescription<Device>(
    .device, array: "devices", title: "Devices",
    all: { $0.devices.inOrder.map(\.key) }, find: { $0.devices[$1] },
    properties: [
      .name("name", "name") { $0.name },
      .count("pagemaps", "pagemaps made") { Int64(clamping: $0.pagemaps) },
      .event("unplugged", "unplugged") { $0.unplugged }.quiet,
    ]
  ).with { $0.live = { $0.devices.count } }
}
