import PagemapEvents
import PagemapModel

/// A step of a migration as rules look at it: the call of the task that it belongs to.
struct MigrationStep {
  /// The call: `drm_pagemap_migrate_to_devmem`, `…_migrate_to_ram` or `…_evict_to_ram`.
  let call: OpenCall
  let key: TaskKey

  /// The step that an event is; nil where its task is in no migration.
  init?(_ mirror: inout KernelMirror, _ event: borrowing PagemapEvent) {
    key = TaskKey(event)
    guard let call = mirror.tasks.migration(of: key) else { return nil }
    self.call = call
  }

  /// The return of a call that was entered as `entry`; nil where that went unrecorded.
  init?(
    returnOf entry: PagemapEvent.Kind, _ mirror: inout KernelMirror,
    _ event: borrowing PagemapEvent
  ) {
    key = TaskKey(event)
    guard let call = mirror.tasks.call(of: key, where: { $0.kind == entry }) else { return nil }
    self.call = call
  }

  /// The pass that the task is in within the call; nil where it has begun none.
  func pass(_ mirror: inout KernelMirror) -> MigrationPass? {
    mirror.migrations.pass(of: key, in: call.note.sequence)
  }

  /// A breach about the device allocation that the call works on, or about the task where none is known.
  func breach(
    _ mirror: inout KernelMirror, _ note: EventNote, since earlier: EventNote,
    _ remark: StaticString, variant: Int = 0, found: Int64 = 0
  ) -> Breach {
    let (object, cause, device) = subject(&mirror, note)
    var breach = Breach(variant, object, cause, note: note, since: earlier, remark)
    breach.device = device
    breach.found = found
    breach.provedSince = min(breach.provedSince, call.note.time)
    if call.note.sequence != earlier.sequence {
      breach.earlier.insert((call.note, "the call begins"), at: 0)
    }
    return breach
  }

  private func subject(
    _ mirror: inout KernelMirror, _ note: EventNote
  ) -> (ObjectReference, Cause, UInt64?) {
    if let allocation = mirror.allocations[call.object], allocation.serial == call.serial {
      return (.allocation(allocation), .life(allocation.serial), mirror.device(of: allocation))
    }
    guard call.serial != 0 else { return (.task(note.pid), .call(call.note.sequence), nil) }
    // It ended within the call.
    var object = ObjectReference(
      kind: .deviceAllocation, address: call.object, epoch: mirror.epoch(of: call.object))
    object.mm = call.mm == 0 ? nil : call.mm
    return (object, .life(call.serial), nil)
  }
}

extension Look {
  /// The same look ahead of the steps of events of several kinds.
  static func before(_ kinds: [PagemapEvent.Kind], _ body: @escaping Body) -> [Look] {
    kinds.map { .before($0, body) }
  }

  /// A look ahead of the returns of the functions that migrate pages, at a call that returns while its
  /// task has pages locked or mapped.
  static func beforeReturnWithPages(
    _ body:
      @escaping @Sendable (
        MigrationStep, inout KernelMirror, borrowing PagemapEvent, inout Objections
      ) -> Void
  ) -> [Look] {
    PagemapEvent.Kind.migrations.map { entry, atReturn in
      .before(atReturn) { mirror, event, objections in
        guard mirror.migrations.holdsPages(TaskKey(event)),
          let step = MigrationStep(returnOf: entry, &mirror, event)
        else { return }
        body(step, &mirror, event, &objections)
      }
    }
  }
}

extension PagemapEvent {
  /// Whether the recorded entries are all that an array has.
  func isWhole(_ role: PageArrays.Role) -> Bool {
    guard let pages = npages, pages > 0 else { return false }
    return pages <= UInt64(arrays.count(role))
  }
}

extension PagemapEvent.Kind {
  /// The functions that migrate pages: entry and return.
  static let migrations: [(entry: PagemapEvent.Kind, atReturn: PagemapEvent.Kind)] = [
    (.migrateToDevmem, .migrateToDevmemReturn), (.migrateToRam, .migrateToRamReturn),
    (.evictToRam, .evictToRamReturn),
  ]
}
