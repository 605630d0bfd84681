import PagemapEvents
import PagemapModel

extension Breach {
  /// A breach of the life of a device folio, which began when it was initialised. `call` is one that has
  /// the folio.
  init(
    of folio: DeviceFolio, at page: UInt64, _ mirror: inout KernelMirror, note: EventNote,
    _ remark: StaticString, during call: EventNote? = nil
  ) {
    let allocation = mirror.allocations[folio.allocation].flatMap {
      $0.serial == folio.allocationSerial ? $0 : nil
    }
    var object = ObjectReference(kind: .folio, address: page, epoch: folio.epoch)
    object.mm = allocation?.origin.mm
    let birth = EventNote(
      kind: .zoneDevicePageInit, sequence: folio.sequence, time: folio.time, cpu: folio.cpu,
      pid: folio.pid)
    // What befalls several folios of an allocation has one cause.
    let cause =
      folio.allocation == 0
      ? Cause.page(page, epoch: folio.epoch) : .life(folio.allocationSerial)
    self.init(0, object, cause, note: note, since: birth, remark)
    // A text does not tell its probes, and so not that nothing came in between.
    if !mirror.recording.isComplete { isAmbiguous = true }
    if let call { earlier.append((call, "this call has it")) }
    device = allocation.flatMap { mirror.device(of: $0) }
  }
}
