/// The options of a trace.dat, as far as they bear on its records.
struct TraceDatOptions {
  /// Option ids that versions 6 and 7 share, and those that name a section of version 7.
  enum ID {
    static let done: UInt16 = 0
    static let date: UInt16 = 1
    static let cpuStat: UInt16 = 2
    static let buffer: UInt16 = 3
    static let traceClock: UInt16 = 4
    static let uname: UInt16 = 5
    static let offset: UInt16 = 7
    static let cpuCount: UInt16 = 8
    static let tscToNanoseconds: UInt16 = 14
    static let bufferText: UInt16 = 22
  }

  /// The clock in brackets of TRACECLOCK.
  var clock: String?
  /// Version 6: TRACECLOCK without content, whose text stands behind the table of the CPUs.
  var clockFollowsTable = false
  var uname: String?
  var cpuCount: Int?
  var conversion = TimestampConversion()
  var hasTSCConversion = false
  /// The third number of TSC2NSEC, which no stamp depends on.
  var tscOffset: UInt64 = 0
  var statistics: [BufferStatistics] = []
  var buffers: [BufferOption] = []
  /// Where the journal of a recording starts that was not put in order.
  var journal: UInt64?
  /// Version 7: the offsets of sections by their ids.
  var sections: [UInt16: UInt64] = [:]
  /// Whether the recording is text (latency) instead of records.
  var hasTextBuffer = false
  var damage: [Damage] = []
  /// The instance that the next CPUSTAT belongs to; empty for the top buffer.
  private var statisticsBuffer = ""
  private var describedCPUs: Set<BufferCPU> = []

  /// Takes one option in.
  ///
  /// - Parameter reader: reads the option's data, nothing else.
  mutating func add(
    id: UInt16, _ reader: ByteReader, version: Int
  ) throws(IngestError) {
    var reader = reader
    let start = reader.offset
    switch id {
    case ID.date: conversion.offset &+= UInt64(bitPattern: try number(&reader) &* 1000)
    case ID.offset: conversion.offset &+= UInt64(bitPattern: try number(&reader))
    case ID.cpuStat: addStatistics(try text(&reader), at: start)
    case ID.buffer:
      let buffer = try BufferOption(&reader, version: version)
      if version == 6 { statisticsBuffer = buffer.name }
      buffers.append(buffer)
    case ID.traceClock: addClock(try text(&reader), version: version)
    case ID.uname: uname = String(decoding: try text(&reader), as: UTF8.self)
    case ID.cpuCount:
      cpuCount = Int(try reader.number(UInt32.self, of: "the number of CPUs"))
    case ID.tscToNanoseconds:
      conversion.multiplier = try reader.number(UInt32.self, of: "the TSC multiplier")
      conversion.shift = try reader.number(UInt32.self, of: "the TSC shift")
      hasTSCConversion = conversion.multiplier != 0
      if reader.bytesLeft >= 8 {
        tscOffset = try reader.number(UInt64.self, of: "the TSC offset")
      }
    case ID.bufferText: hasTextBuffer = true
    case Journal.option where version == 6:
      journal = try reader.number(UInt64.self, of: "the offset of the journal")
    case 16...21:
      sections[id] = try reader.number(UInt64.self, of: "the offset of section \(id)")
    default: break
    }
  }

  /// The option's data up to its first NUL.
  private func text(_ reader: inout ByteReader) throws(IngestError) -> [UInt8] {
    let bytes = try reader.bytes(Int(clamping: reader.bytesLeft), of: "an option")
    return [UInt8](bytes.prefix { $0 != 0 })
  }

  /// A decimal or 0x number with an optional sign, as `strtoll` reads it.
  private func number(_ reader: inout ByteReader) throws(IngestError) -> Int64 {
    let start = reader.offset
    let string = String(decoding: try text(&reader), as: UTF8.self)
    var digits = Substring(string).drop { $0.isWhitespace }
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits = digits.dropFirst() }
    let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
    if isHexadecimal { digits = digits.dropFirst(2) }
    digits = digits.prefix { $0.isHexDigit && (isHexadecimal || $0.isNumber) }
    guard let magnitude = Int64(digits, radix: isHexadecimal ? 16 : 10) else {
      throw IngestError(
        .contradictoryHeader, offset: start, expectation: "a time offset should be a number",
        advice: "copy or record the file again")
    }
    return isNegative ? 0 &- magnitude : magnitude
  }

  private mutating func addClock(_ text: [UInt8], version: Int) {
    if let bracketed = Self.bracketed(text) {
      clock = bracketed
    } else if version == 6, text.isEmpty {
      clockFollowsTable = true
    }
  }

  /// The name in brackets in a line such as `local global [mono]`.
  static func bracketed(_ text: [UInt8]) -> String? {
    guard let open = text.firstIndex(of: UInt8(ascii: "[")),
      let close = text[open...].firstIndex(of: UInt8(ascii: "]"))
    else { return nil }
    return String(decoding: text[(open + 1)..<close], as: UTF8.self)
  }

  private mutating func addStatistics(_ text: [UInt8], at offset: UInt64) {
    switch CPUStatText(text) {
    case .buffer(let name): statisticsBuffer = name
    case .statistics(let cpu, let counters):
      let place = BufferCPU(buffer: statisticsBuffer, cpu: cpu)
      if !describedCPUs.insert(place).inserted {
        damage.append(
          Damage(
            kind: .malformed, offset: offset, length: UInt64(text.count), cpu: cpu,
            message: "a second CPUSTAT option for CPU \(cpu) of one buffer was not expected"))
      } else {
        statistics.append(BufferStatistics(place: place, counters: counters))
      }
    case nil:
      damage.append(
        Damage(
          kind: .malformed, offset: offset, length: UInt64(text.count),
          message: "the counters of a CPU were expected in a CPUSTAT option"))
    }
  }
}

/// One CPU of one ring buffer: each has a stream of pages of its own.
struct BufferCPU: Hashable {
  /// The instance's name; empty for the top buffer.
  var buffer: String
  var cpu: UInt32
}

/// A CPU's counters at the end of the recording.
struct BufferStatistics {
  var place: BufferCPU
  /// The counters; `now` is as printed, not converted.
  var counters: CPUStatistics
}

/// A BUFFER option: an instance of ring buffers, and where its data is.
struct BufferOption {
  /// Where the option's data stands in the file.
  var place: UInt64
  var name: String
  /// Version 6: where the buffer's own header stands. Version 7: its section.
  var offset: UInt64
  var clock: String?
  /// The size of the buffer's sub-buffers; nil in version 6, where it is the page size.
  var subBufferSize: Int?
  /// The stretches of the CPUs; empty in version 6, where the buffer's own header has them.
  var cpus: [CPUStretch] = []

  init(_ reader: inout ByteReader, version: Int) throws(IngestError) {
    place = reader.offset
    offset = try reader.number(UInt64.self, of: "the offset of a buffer")
    let limit = Int(clamping: reader.bytesLeft)
    name = String(
      decoding: try reader.string(limit: limit, of: "the name of a buffer"), as: UTF8.self)
    guard version >= 7 else { return }
    clock = String(
      decoding: try reader.string(limit: limit, of: "the clock of a buffer"), as: UTF8.self)
    subBufferSize = Int(try reader.number(UInt32.self, of: "the page size of a buffer"))
    let count = try reader.number(UInt32.self, of: "the number of CPUs of a buffer")
    for _ in 0..<count {
      let cpu = try reader.number(UInt32.self, of: "a CPU's number")
      cpus.append(try CPUStretch(cpu: cpu, &reader))
    }
  }
}

/// Where one CPU's data stands in the file.
struct CPUStretch {
  var cpu: UInt32
  var offset: UInt64
  var size: UInt64

  init(cpu: UInt32, offset: UInt64, size: UInt64) {
    self.cpu = cpu
    self.offset = offset
    self.size = size
  }

  init(cpu: UInt32, _ reader: inout ByteReader) throws(IngestError) {
    self.cpu = cpu
    offset = try reader.number(UInt64.self, of: "the offset of a CPU's data")
    size = try reader.number(UInt64.self, of: "the size of a CPU's data")
  }
}
