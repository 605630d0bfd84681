import CZlib
import CZstd

/// Writes version 6: all parts one after another, then the CPUs' pages.
struct TraceDatVersion6Writer {
  private let trace: TraceDatBuilder

  init(_ trace: TraceDatBuilder) { self.trace = trace }

  func write() -> [UInt8] {
    var file = trace.fixedHeader(version: 6)
    file.append(trace.headerInfo)
    file.append(trace.ftraceFormats)
    file.append(trace.eventFormats)
    file.append(UInt32(trace.symbols?.utf8.count ?? 0))
    file.append(Array((trace.symbols ?? "").utf8))
    file.append(UInt32(0))  // printk formats
    file.append(trace.commandLines)
    let top = trace.buffers[0]
    let cpus = trace.buffers.map(\.cpuCount).max() ?? 1
    file.append(UInt32(cpus))
    file.appendTerminated("options  ")
    var bufferPatches: [Int] = []
    var options = trace.commonOptions(clockOption: trace.clock == nil ? nil : "")
    options += trace.statisticsOptions(of: top)
    for option in options { append(option.id, option.data, to: &file) }
    for buffer in trace.buffers.dropFirst() {
      bufferPatches.append(file.bytes.count + 6)
      append(3, [UInt8](repeating: 0, count: 8) + Array(buffer.name.utf8) + [0], to: &file)
      for option in trace.statisticsOptions(of: buffer) {
        append(option.id, option.data, to: &file)
      }
    }
    file.append(UInt16(0))
    appendBuffer(top, cpus: cpus, clock: trace.clock == nil ? nil : trace.clockText, to: &file)
    for (buffer, patch) in zip(trace.buffers.dropFirst(), bufferPatches) {
      file.patch(UInt64(file.bytes.count), at: patch)
      appendBuffer(buffer, cpus: cpus, clock: nil, to: &file)
    }
    return file.bytes
  }

  private func append(_ id: UInt16, _ data: [UInt8], to file: inout ByteWriter) {
    file.append(id)
    file.append(UInt32(data.count))
    file.append(data)
  }

  private func appendBuffer(
    _ buffer: BufferContent, cpus: Int, clock: String?, to file: inout ByteWriter
  ) {
    file.appendTerminated("flyrecord")
    let table = file.bytes.count
    file.append([UInt8](repeating: 0, count: cpus * 16))
    if let clock {
      file.append(UInt64(clock.utf8.count))
      file.append(clock)
    }
    for cpu in 0..<cpus {
      file.align(to: trace.subBufferSize)
      let data = buffer.data(of: cpu)
      file.patch(UInt64(file.bytes.count), at: table + cpu * 16)
      file.patch(UInt64(data.count), at: table + cpu * 16 + 8)
      file.append(data)
    }
  }
}

/// Writes version 7: sections that a chain of options names.
struct TraceDatVersion7Writer {
  private let trace: TraceDatBuilder
  private let compression: TraceDatBuilder.Container.Compression
  private var strings = ByteWriter(isBigEndian: false)
  private var file: ByteWriter

  init(_ trace: TraceDatBuilder, compression: TraceDatBuilder.Container.Compression) {
    self.trace = trace
    self.compression = compression
    file = trace.fixedHeader(version: 7)
  }

  func write() -> [UInt8] {
    var copy = self
    copy.writeAll()
    return copy.file.bytes
  }

  private mutating func writeAll() {
    file.appendTerminated(compression.rawValue)
    file.appendTerminated(compression == .none ? "" : "1.0")
    let optionsPlace = file.bytes.count
    file.append(UInt64(0))
    var parts: [(UInt16, String, [UInt8])] = [
      (16, "headers", trace.headerInfo), (17, "ftrace events", trace.ftraceFormats),
      (18, "events format", trace.eventFormats), (21, "command lines", trace.commandLines),
    ]
    if let symbols = trace.symbols {
      var section = trace.writer
      section.append(UInt32(symbols.utf8.count))
      section.append(Array(symbols.utf8))
      parts.append((19, "kallsyms", section.bytes))
    }
    var options: [(id: UInt16, data: [UInt8])] = []
    for (id, name, data) in parts {
      var offset = trace.writer
      offset.append(UInt64(file.bytes.count))
      options.append((id, offset.bytes))
      appendSection(id, name, data, isCompressed: compression != .none)
    }
    options += trace.commonOptions(clockOption: trace.clock == nil ? nil : trace.clockText + "\0")
    for buffer in trace.buffers { options += trace.statisticsOptions(of: buffer) }
    file.patch(UInt64(file.bytes.count), at: optionsPlace)
    let next = appendOptions(options)
    let bufferOptions = trace.buffers.map { (id: UInt16(3), data: appendBuffer($0)) }
    file.patch(UInt64(file.bytes.count), at: next)
    _ = appendOptions(bufferOptions)
    let all = strings.bytes + Array("strings\0".utf8)
    appendSection(15, "strings", all, isCompressed: compression != .none)
  }

  /// Writes a section's header; returns where its size stands.
  private mutating func appendHeader(_ id: UInt16, _ name: String, isCompressed: Bool) -> Int {
    file.append(id)
    file.append(UInt16(isCompressed ? 1 : 0))
    file.append(UInt32(strings.bytes.count))
    strings.appendTerminated(name)
    file.append(UInt64(0))
    return file.bytes.count - 8
  }

  private mutating func appendSection(
    _ id: UInt16, _ name: String, _ data: [UInt8], isCompressed: Bool
  ) {
    let size = appendHeader(id, name, isCompressed: isCompressed)
    let start = file.bytes.count
    if isCompressed { appendCompressed(data) } else { file.append(data) }
    file.patch(UInt64(file.bytes.count - start), at: size)
  }

  private mutating func appendCompressed(_ data: [UInt8]) {
    let compressed = compress(data)
    file.append(UInt32(compressed.count))
    file.append(UInt32(data.count))
    file.append(compressed)
  }

  /// Writes an options section; returns where the offset of the next one stands.
  private mutating func appendOptions(_ options: [(id: UInt16, data: [UInt8])]) -> Int {
    let size = appendHeader(0, "options", isCompressed: false)
    let start = file.bytes.count
    for option in options + [(id: 0, data: [UInt8](repeating: 0, count: 8))] {
      file.append(option.id)
      file.append(UInt32(option.data.count))
      file.append(option.data)
    }
    file.patch(UInt64(file.bytes.count - start), at: size)
    return file.bytes.count - 8
  }

  /// Writes a buffer's section; returns the data of its BUFFER option.
  private mutating func appendBuffer(_ buffer: BufferContent) -> [UInt8] {
    var option = trace.writer
    option.append(UInt64(file.bytes.count))
    option.appendTerminated(buffer.name)
    option.appendTerminated(trace.clock ?? "")
    option.append(UInt32(trace.subBufferSize))
    option.append(UInt32(buffer.cpuCount))
    let size = appendHeader(3, "buffer flyrecord", isCompressed: compression != .none)
    let start = file.bytes.count
    for cpu in 0..<buffer.cpuCount {
      file.align(to: trace.subBufferSize)
      let place = file.bytes.count
      let data = buffer.data(of: cpu)
      if compression == .none { file.append(data) } else { appendChunks(data) }
      option.append(UInt32(cpu))
      option.append(UInt64(place))
      option.append(UInt64(data.isEmpty ? 0 : file.bytes.count - place))
    }
    file.patch(UInt64(file.bytes.count - start), at: size)
    return option.bytes
  }

  private mutating func appendChunks(_ data: [UInt8]) {
    let size = trace.pagesPerChunk * trace.subBufferSize
    let starts = Array(stride(from: 0, to: data.count, by: size))
    file.append(UInt32(starts.count))
    for start in starts { appendCompressed(Array(data[start..<min(start + size, data.count)])) }
  }

  private func compress(_ data: [UInt8]) -> [UInt8] {
    switch compression {
    case .none: return data
    case .zstd:
      return [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(data.count)) { out, count in
        count = ZSTD_compress(out.baseAddress, out.count, data, data.count, 3)
      }
    case .zlib:
      return [UInt8](unsafeUninitializedCapacity: Int(compressBound(uLong(data.count)))) {
        out, count in
        var size = uLong(out.count)
        compress2(out.baseAddress, &size, data, uLong(data.count), 6)
        count = Int(size)
      }
    }
  }
}
