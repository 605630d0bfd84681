import Glibc
import NameMatching

/// How an instance records.
package struct InstanceSettings: Hashable, Sendable {
  /// The clock, one of tracefs' `trace_clock`; nil leaves the kernel's.
  package var clock: String?
  /// The size of each CPU's buffer; nil leaves the kernel's.
  package var bufferKibibytes: Int?
  /// How full a CPU's buffer is, in percent, when a waiting reader is woken; nil leaves the kernel's.
  package var bufferPercent: Int?
  /// Options of tracefs to turn on or off; those that this kernel does not have are left out.
  package var options = ["record-cmd": true, "overwrite": true]

  package init() {}
}

extension TraceInstance {
  /// Applies settings. Do it before events are enabled: a change of clock empties the buffers.
  ///
  /// - Throws: `ControlError` of code `refused` where the kernel does not take one.
  package func apply(_ settings: InstanceSettings) throws(ControlError) {
    if let clock = settings.clock { try setClock(clock) }
    if let size = settings.bufferKibibytes { try setBufferSize(kibibytes: size) }
    if let percent = settings.bufferPercent {
      // Kernels before 5.9 have it for all instances only.
      let number = handle.write("buffer_percent", "\(percent)")
      guard number == 0 || number == ENOENT else {
        throw ControlError(
          .refused, "\(directory)/buffer_percent does not take \(percent)",
          advice: "give 0 to 100")
      }
    }
    for (option, isOn) in settings.options.sorted(by: { $0.key < $1.key }) {
      let number = handle.write("options/\(option)", isOn ? "1" : "0")
      guard number == 0 || number == ENOENT else {
        throw ControlError.system("setting", "\(directory)/options/\(option)", number)
      }
    }
  }

  private func setClock(_ clock: String) throws(ControlError) {
    guard handle.write("trace_clock", clock) != 0 else { return }
    let clocks = tracefs.abilities.clocks
    let nearest = Nearest.to(clock, among: clocks)
    throw ControlError(
      .refused, "this kernel has no clock \(clock)",
      advice: nearest.map { "the nearest is \($0)" } ?? "it has \(clocks.joined(separator: ", "))")
  }

  private func setBufferSize(kibibytes: Int) throws(ControlError) {
    let number = kibibytes > 0 ? handle.setBufferSize(kibibytes: kibibytes) : EINVAL
    guard number == 0 else {
      throw ControlError(
        .refused,
        "a buffer of \(kibibytes) KiB a CPU is not to be had: \(ControlError.describe(number))",
        advice: "give a smaller one")
    }
  }

  /// The clock's name.
  package var clock: String {
    let text = SystemFiles.textIfReadable("\(directory)/trace_clock") ?? ""
    return text.split(separator: "[").dropFirst().first?.split(separator: "]").first
      .map(String.init) ?? "local"
  }

  /// Keeps what this process does out of its own trace: its threads, and by `event-fork` those that
  /// they start from now on. So start what is to be traced before.
  package func hideOwnThreads() throws(ControlError) {
    let file = "set_event_notrace_pid"
    let threads = try SystemFiles.names(in: "/proc/self/task").compactMap { Int32($0) }
    let text = threads.sorted().map { "\($0)" }.joined(separator: " ")
    for (file, text) in [(file, text), ("options/event-fork", "1")] {
      let number = handle.write(file, text)
      guard number == 0 else {
        throw ControlError.system("writing", "\(directory)/\(file)", number)
      }
    }
  }
}
