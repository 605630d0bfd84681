import PagemapModel
import TraceWords

extension ObjectReference {
  /// `pagemap 0xff36ccee44c28298, epoch 1, device pmfake.0`.
  var sentence: String {
    var parts = [kind.rawValue + " " + Format.address(address)]
    if let end {
      let size = end >= address ? " (\(Format.bytes(end - address)))" : ""
      parts = ["\(kind.rawValue) \(Format.address(address))-\(Format.address(end))\(size)"]
    }
    if let virtualAddress { parts.append("mapped at \(Format.address(virtualAddress))") }
    if let mm { parts.append("mm \(Format.address(mm))") }
    if let owner { parts.append("owner \(Format.address(owner))") }
    parts.append("epoch \(epoch)")
    if let device { parts.append("device \(device)") }
    return parts.joined(separator: ", ")
  }
}

extension Moment {
  /// `pmtest-147` as ftrace prints it; `<...>-147` where the name is not known.
  var taskLabel: String { "\(task ?? "<...>")-\(pid)" }

  /// `19.049123 s, CPU 1, pmtest-147`.
  func sentence(_ time: TimeFormat) -> String {
    "\(time.moment(self.time)), CPU \(cpu), \(taskLabel)"
  }
}
