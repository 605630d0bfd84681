package import TraceIngest

/// The same content as the running kernel hands it out.
extension TraceDatBuilder {
  /// What a recording of it says of itself.
  package var description: RecordingDescription {
    var description = RecordingDescription()
    description.headerPage = Array(headerPageText.utf8)
    description.headerEvent = Array("# entry header\n".utf8)
    description.formats = formats
    description.symbols = Array((symbols ?? "").utf8)
    description.commandLines = Array(comms.map { "\($0.pid) \($0.name)\n" }.joined().utf8)
    description.clock = clock ?? "local"
    description.uname = uname ?? ""
    description.cpuCount = UInt32(buffers[0].cpuCount)
    return description
  }

  /// The pages of a CPU one after another.
  package func pages(of cpu: UInt32) -> [UInt8] { buffers[0].data(of: Int(cpu)) }

  /// The counters of every CPU at the end.
  package var statisticsTexts: [StatisticsText] {
    statisticsOptions(of: buffers[0]).compactMap { option in
      let lines = option.data.dropLast().split(
        separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
      guard lines.count == 2,
        let cpu = UInt32(String(decoding: lines[0].dropFirst(5), as: UTF8.self))
      else { return nil }
      return StatisticsText(cpu: cpu, text: Array(lines[1]))
    }
  }
}
