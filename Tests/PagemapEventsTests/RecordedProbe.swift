import PagemapEvents
import TestSupport
import TraceDecode
import TraceIngest

/// A probe that fired once: what it recorded, as a format, a binary payload and a line of text.
struct RecordedProbe: Sendable {
  /// A recorded value with its type.
  enum Value: Sendable {
    case u64(UInt64), u32(UInt32), u16(UInt16), u8(UInt8), s64(Int64), s32(Int32), s16(Int16)
    case text(String)
    /// A string that the kernel could not read.
    case fault
    case array([UInt64])
  }

  var name: String
  var system = "drm_pagemap"
  var isReturn = false
  /// A static tracepoint has none of the probes' own fields.
  var isTracepoint = false
  var fields: [(String, Value)] = []
  static let id: UInt16 = 1612
  static let pid: Int32 = 147

  private func number(_ value: UInt64, _ size: Int, _ isBigEndian: Bool) -> [UInt8] {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    return isBigEndian ? bytes.reversed() : bytes
  }

  /// The type as the kernel prints it, its size, and the value's bits.
  private func layout(_ value: Value) -> (type: String, size: Int, signed: Int, bits: UInt64) {
    switch value {
    case .u64(let value): ("u64", 8, 0, value)
    case .u32(let value): ("u32", 4, 0, UInt64(value))
    case .u16(let value): ("u16", 2, 0, UInt64(value))
    case .u8(let value): ("u8", 1, 0, UInt64(value))
    case .s64(let value): ("s64", 8, 1, UInt64(bitPattern: value))
    case .s32(let value): ("s32", 4, 1, UInt64(bitPattern: Int64(value)))
    case .s16(let value): ("s16", 2, 1, UInt64(bitPattern: Int64(value)))
    case .text, .fault: ("__data_loc char[]", 4, 1, 0)
    case .array(let values): ("u64", 8 * values.count, 0, 0)
    }
  }

  private var probeFields: [(String, Value)] {
    if isTracepoint { return [] }
    return isReturn
      ? [("__probe_func", .u64(0xffff_ffff_c065_51b4)), ("__probe_ret_ip", .u64(0xffff_ffff_c065))]
      : [("__probe_ip", .u64(0xffff_ffff_c065_51b4))]
  }

  func format(id: UInt16 = id) -> EventFormatText {
    var text = """
      name: \(name)
      ID: \(id)
      format:
      \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
      \tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
      \tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
      \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

      """
    var offset = 8
    for (name, value) in probeFields + fields {
      let (type, size, signed, _) = layout(value)
      var brackets = ""
      if case .array(let values) = value { brackets = "[\(values.count)]" }
      text += "\tfield:\(type) \(name)\(brackets);"
      text += "\toffset:\(offset);\tsize:\(size);\tsigned:\(signed);\n"
      offset += size
    }
    return EventFormatText(system: system, text: Array((text + "\nprint fmt: \"\"\n").utf8))
  }

  func payload(isBigEndian: Bool = false) -> [UInt8] {
    var bytes = number(UInt64(Self.id), 2, isBigEndian) + [0, 0]
    bytes += number(UInt64(Self.pid), 4, isBigEndian)
    let all = probeFields + fields
    var tail: [UInt8] = []
    let fixed = 8 + all.reduce(0) { $0 + layout($1.1).size }
    for (_, value) in all {
      switch value {
      case .text(let text):
        let word = UInt64(fixed + tail.count) | UInt64(text.utf8.count + 1) << 16
        bytes += number(word, 4, isBigEndian)
        tail += Array(text.utf8) + [0]
      case .fault: bytes += number(UInt64(fixed + tail.count), 4, isBigEndian)
      case .array(let values): bytes += values.flatMap { number($0, 8, isBigEndian) }
      default:
        let (_, size, _, bits) = layout(value)
        bytes += number(bits, size, isBigEndian)
      }
    }
    return bytes + tail
  }

  /// What stands behind `name: ` in a text trace.
  var line: String {
    let values = fields.map { name, value in
      let text =
        switch value {
        case .u64(let value): value > 9 ? "0x" + String(value, radix: 16) : "\(value)"
        case .u32(let value): "\(value)"
        case .u16(let value): "\(value)"
        case .u8(let value): "\(value)"
        case .s64(let value): "\(value)"
        case .s32(let value): "\(value)"
        case .s16(let value): "\(value)"
        case .text(let text): isTracepoint ? text : "\"\(text)\""
        case .fault: "(fault)"
        case .array(let values):
          "{" + values.map { "0x" + String($0, radix: 16) }.joined(separator: ",") + "}"
        }
      return "\(name)=\(text)"
    }
    let start =
      isTracepoint
      ? [] : [isReturn ? "(ffffffffc06551b4 <- ffffffffc0659404)" : "(drm_f+0x4/0x30 [drm])"]
    return (start + values).joined(separator: isTracepoint ? ", " : " ")
  }
}

/// How a probe reaches the decoder.
enum Route: CaseIterable, Sendable {
  case littleEndian, bigEndian, text
}

extension RecordedProbe {
  /// A decoder for a trace with this probe alone.
  func decoder(_ route: Route) -> EventDecoder {
    var metadata = TraceMetadata(
      container: route == .text ? .text : .traceDat(version: 7, compression: "none"))
    metadata.isBigEndian = route == .bigEndian
    if route != .text { metadata.formats = [format()] }
    return EventDecoder(metadata: metadata)
  }

  /// The event as it is decoded, and its description; nil where it is not.
  func decoded(_ route: Route) -> (event: PagemapEvent, description: String)? {
    var decoder = decoder(route)
    let payload = route == .text ? Array(line.utf8) : payload(isBigEndian: route == .bigEndian)
    let id = route == .text ? decoder.selection.idOfName(name) : Self.id
    guard let id else { return nil }
    // Bytes before the payload, so that offsets count.
    let bytes = [0xaa] + payload + [UInt8](repeating: 0, count: RecordBatch.slack)
    let header = RecordHeader(
      timestamp: 19_042_429_000, payloadOffset: 1, payloadLength: UInt32(payload.count), cpu: 1,
      pid: route == .text ? Self.pid : 0, eventID: id, kind: route == .text ? .text : .binary)
    var event = PagemapEvent()
    event[.asid] = 9
    guard decoder.decode(header, bytes.span.bytes, into: &event) else { return nil }
    return (event, describe(event, names: decoder.names).plain)
  }
}
