import PagemapEvents

extension ObjectSnapshot.Kind {
  package static let shrinker = Self("shrinker")
}

extension ShrinkerRoom: Room {
  static var steps: [StepRow] { KernelMirror.shrinkerSteps }
  static var kinds: [any ObjectKind] { [shrinkers] }

  private static let shrinkers = ObjectDescription<Shrinker>(
    .shrinker, array: "shrinkers", title: "Shrinkers",
    all: { mirror in
      mirror.caches.shrinkers.union(mirror.shrinkers.addresses)
        .sorted()
    },
    find: { mirror, address in
      // One of which only a cache told lives, and no more is known of it.
      mirror.shrinkers[address]
        ?? (mirror.caches.hasShrinker(address) ? Shrinker(serial: 0) : nil)
    },
    properties: [
      .address("drm", "drm") { $0.drm },
      .count("queued", "queued pagemaps") { $0.queued },
      .event("countedAt", "counted") { $0.lastCount }.quiet,
    ]
  ).with {
    $0.hasLives = true
    $0.live = { $0.shrinkers.count }
    $0.serial = { $0.serial == 0 ? nil : $0.serial }
    $0.isOver = { $0.state == .finished }
  }
}

extension Shrinker {
  /// How many pagemaps its last count found on the list; nil where there was none.
  fileprivate var queued: Int64? {
    guard let result = lastCount?.value(of: .result) else { return nil }
    // SHRINK_EMPTY (include/linux/shrinker.h) is -2: there is nothing on the list.
    let count = Int64(bitPattern: result)
    return count == -2 ? 0 : count
  }
}
