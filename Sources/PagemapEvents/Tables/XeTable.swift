extension EventTable {
  /// xe's static tracepoints: VMs, VMAs, buffer objects and power management.
  static let xe: [EventRow] =
    rows(
      [
        .xeVmCreate, .xeVmFree, .xeVmKill, .xeVmCpuBind, .xeVmOpsFail, .xeVmRestart,
        .xeVmRebindWorkerEnter, .xeVmRebindWorkerExit, .xeVmRebindWorkerRetry,
      ], [.name(), .value(.vm), .unsigned(.asid), .unsigned(.flags)])
    + rows(
      [
        .xeVmaAcc, .xeVmaBind, .xeVmaEvict, .xeVmaFlush, .xeVmaInvalidate, .xeVmaPagefault,
        .xeVmaPfBind, .xeVmaRebindExec, .xeVmaRebindWorker, .xeVmaUnbind,
        .xeVmaUserptrInvalidate, .xeVmaUserptrInvalidateComplete, .xeVmaUserptrRebindExec,
        .xeVmaUserptrRebindWorker,
      ],
      [
        .name(), .value(.xeVma), .value(.vm), .unsigned(.asid), .value(.start), .value(.end),
        .value(.userptr, "ptr", "userptr"),
      ])
    + rows(
      [.xeBoCreate, .xeBoValidate, .xeBoCpuFault],
      [.name(), .value(.bo), .value(.size), .unsigned(.flags), .value(.vm)])
    + rows([.xeBoMove], [.name("device_id", "dev"), .value(.bo), .value(.size)])
    + rows(
      [
        .xePmResume, .xePmSuspend, .xePmRuntimeGet, .xePmRuntimeGetIoctl, .xePmRuntimePut,
        .xePmRuntimeResume, .xePmRuntimeSuspend,
      ], [.name()])

  private static func rows(_ kinds: [PagemapEvent.Kind], _ fields: [FieldRow]) -> [EventRow] {
    kinds.map { EventRow($0, [], fields) }
  }
}
