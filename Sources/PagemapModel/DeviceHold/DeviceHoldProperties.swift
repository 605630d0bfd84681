extension ObjectSnapshot.Kind {
  package static let deviceHold = Self("device-hold")
}

extension DeviceHoldRoom: Room {
  static var steps: [StepRow] { KernelMirror.deviceHoldSteps }
  static var kinds: [any ObjectKind] { [holds] }

  private static let holds = ObjectDescription<DeviceHold>(
    .deviceHold, array: "deviceHolds", title: "Device holds",
    all: { $0.deviceHolds.addresses }, find: { $0.deviceHolds.all(at: $1).last },
    properties: [
      .name("device", "device") { $0.device },
      .value("waiting", "waiting") { hold, mirror, _ in
        .count(Int64(mirror.deviceHolds.all(at: hold.address).count { $0.state == .queued }))
      }.quiet,
      .event("released", "released") { $0.released }.quiet,
    ]
  ).with {
    $0.findSeveral = { $0.deviceHolds.all(at: $1) }
    $0.live = { $0.deviceHolds.count }
    $0.epoch = { $0.epoch }
    $0.isOver = { $0.state == .dropped }
  }
}
