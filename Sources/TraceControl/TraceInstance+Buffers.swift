import Glibc
package import TraceIngest

extension TraceInstance {
  /// The CPUs that have a buffer, also those that are offline.
  package func cpus() throws(ControlError) -> [UInt32] {
    try SystemFiles.names(in: "\(directory)/per_cpu").compactMap { name in
      name.hasPrefix("cpu") ? UInt32(name.dropFirst(3)) : nil
    }.sorted()
  }

  /// Opens each CPU's `trace_pipe_raw`, not blocking. The instance closes them in `destroy()`.
  package func openRawPipes() throws(ControlError) -> [(cpu: UInt32, descriptor: Int32)] {
    guard pipes.isEmpty else { return pipes }
    for cpu in try cpus() {
      let file = "per_cpu/cpu\(cpu)/trace_pipe_raw"
      let descriptor = handle.open(file, flags: O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw ControlError.system("opening", "\(directory)/\(file)", errno)
      }
      pipes.append((cpu, descriptor))
    }
    return pipes
  }

  /// A CPU's counters, as the kernel prints them (what a trace.dat keeps as CPUSTAT) and parsed.
  package func statistics(
    ofCPU cpu: UInt32
  ) throws(ControlError) -> (text: [UInt8], counters: CPUStatistics) {
    let text = try statisticsText(ofCPU: cpu)
    guard case .statistics(_, let counters) = CPUStatText(Array("CPU: \(cpu)\n".utf8) + text) else {
      throw ControlError(
        .ioFailure, "\(directory)/per_cpu/cpu\(cpu)/stats is not as expected",
        advice: "report it with the file's contents")
    }
    return (text, counters)
  }

  /// The trace's clock now, in nanoseconds where it counts time; the kernel tells microseconds.
  package func now() throws(ControlError) -> UInt64 {
    let known = statisticsFiles.keys.first
    let cpus = known == nil ? try cpus() : []
    guard let cpu = known ?? cpus.first, let now = try statistics(ofCPU: cpu).counters.now else {
      throw ControlError(
        .unsupported, "\(directory)/per_cpu tells no time of the trace's clock",
        advice: "choose another clock")
    }
    return now
  }

  /// The file stays open: the kernel makes its text anew at every read from the start, in 2 µs
  /// instead of 7 with an open and close each time.
  private func statisticsText(ofCPU cpu: UInt32) throws(ControlError) -> [UInt8] {
    let file = "per_cpu/cpu\(cpu)/stats"
    let descriptor = statisticsFiles[cpu] ?? handle.open(file, flags: O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ControlError.system("opening", "\(directory)/\(file)", errno)
    }
    statisticsFiles[cpu] = descriptor
    var text = [UInt8](repeating: 0, count: 1024)
    let count = pread(descriptor, &text, text.count, 0)
    guard count > 0 else { throw ControlError.system("reading", "\(directory)/\(file)", errno) }
    text.removeLast(text.count - count)
    return text
  }
}
