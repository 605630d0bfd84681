extension EventTable {
  /// mm and the DRM core: address spaces, device memory, page migration, unplug.
  static let mm: [EventRow] =
    memory + processRange + deviceRange + notifiers + [EventRow(.kernelStack)]

  private static let memory: [EventRow] = [
    EventRow(.exitMmap, [], [.value(.mm)]),
    EventRow(.exitMmapReturn, [], [.value(.mm)]),
    EventRow(.zoneDevicePageInit, [], [.value(.page), .value(.pgmap), .unsigned(.order)]),
    EventRow(
      .freeZoneDeviceFolio, [],
      [
        .value(.folio), .value(.pgmap, through: .folio), .taggedZdd(through: .folio),
      ]),
    EventRow(
      .memremapPages, [],
      [
        .value(.pgmap), .unsigned(.pagemapType, "type", through: .pgmap),
        .value(.start, through: .pgmap), .value(.end, through: .pgmap),
        .value(.owner, through: .pgmap),
      ]),
    EventRow(.memunmapPages, [], [.value(.pgmap), .value(.start, through: .pgmap)]),
    EventRow(.memunmapPagesReturn, [], [.value(.pgmap)]),
    EventRow(.drmDevUnplug, [], [.value(.drm, "drm", "dev"), .name("name", through: .drm)]),
    EventRow(
      .drmDevUnplugReturn, [], [.value(.drm, "drm", "dev"), .name("name", through: .drm)]),
  ]

  private static let processRange: [EventRow] = [
    EventRow(
      .migrateVmaSetup, [],
      [
        .value(.migrate, "args", "migrate"), .value(.start, through: .migrate),
        .value(.end, through: .migrate), .value(.owner, through: .migrate),
        .value(.flags, through: .migrate), .value(.page, "fault_page", through: .migrate),
      ]),
    EventRow(
      .migrateVmaSetupReturn, [],
      [
        .value(.migrate, "args", "migrate"), .value(.cpages, through: .migrate),
        .value(.npages, through: .migrate), .value(.start, through: .migrate), .returns(.int),
      ]),
    EventRow(
      .migrateVmaPages, [],
      [
        .value(.migrate), .value(.start, through: .migrate), .value(.npages, through: .migrate),
        .array(.source, "s", through: .migrate), .array(.destination, "d", through: .migrate),
      ]),
    EventRow(
      .migrateVmaPagesReturn, [],
      [
        .value(.migrate), .value(.start, through: .migrate), .value(.npages, through: .migrate),
        .array(.source, "s", through: .migrate), .array(.destination, "d", through: .migrate),
      ]),
    EventRow(.migrateVmaFinalize, [], [.value(.migrate)]),
    EventRow(.migrateVmaFinalizeReturn, [], [.value(.migrate)]),
  ]

  private static let deviceRange: [EventRow] = [
    EventRow(
      .migrateDevicePfnsReturn, [], [.value(.npages), .returns(.int), .array(.source, "s")]),
    EventRow(
      .migrateDevicePages, [],
      [
        .value(.npages), .array(.source, "s"), .array(.destination, "d"),
      ]),
    EventRow(.migrateDevicePagesReturn, [], [.value(.npages), .array(.source, "s")]),
    EventRow(.migrateDeviceFinalize, [], [.value(.npages)]),
    EventRow(.migrateDeviceFinalizeReturn, [], [.value(.npages)]),
  ]

  /// Of every user of MMU notifiers, not of gpusvm alone.
  private static let notifiers: [EventRow] = [
    EventRow(.notifierInsert, [], interval + [.value(.size, "length", "size")]),
    EventRow(.notifierInsertReturn, [], interval + [.returns(.int)]),
    EventRow(.notifierRemove, [], [.value(.notifier, "mni", "interval_sub")]),
    EventRow(.notifierRemoveReturn, [], [.value(.notifier, "mni", "interval_sub")]),
  ]

  private static let interval: [FieldRow] = [
    .value(.notifier, "mni", "interval_sub"), .value(.mm), .value(.start),
  ]
}
