import Foundation
import PagemapEvents
import TestSupport
import Testing
import TraceDecode
import TraceIngest

private let function: UInt64 = 0xffff_ffff_c065_4ed4
private let caller: UInt64 = 0xffff_ffff_c065_991d
/// What the tracer puts in front of the function's frame.
private let tracer: [UInt64] = [0xffff_ffff_acb7_a2e1, 0xffff_ffff_acb7_5534]

/// How kernels print the field.
private enum Dialect: CaseIterable {
  case fixed, trailing, dynamic, relative

  var format: EventFormatText {
    let field =
      switch self {
      case .fixed:
        "field:int size;\toffset:8;\tsize:4;\tsigned:1;\n"
          + "\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;"
      case .trailing:
        "field:int size;\toffset:8;\tsize:4;\tsigned:1;\n"
          + "\tfield:unsigned long caller[];\toffset:16;\tsize:0;\tsigned:0;"
      case .dynamic:
        "field:__data_loc unsigned long[] caller;\toffset:8;\tsize:4;\tsigned:0;"
      case .relative:
        "field:__rel_loc unsigned long[] caller;\toffset:8;\tsize:4;\tsigned:0;"
      }
    return EventFormatText(
      system: "ftrace",
      text: Array(
        """
        name: kernel_stack
        ID: 4
        format:
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
        \tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
        \tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
        \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

        \t\(field)

        print fmt: ""

        """.utf8))
  }

  func payload(_ addresses: [UInt64], announced: Int? = nil) -> [UInt8] {
    let count = announced ?? addresses.count
    var bytes: [UInt8] = [4, 0, 0, 0] + little(UInt64(RecordedProbe.pid), 4)
    switch self {
    case .fixed, .trailing: bytes += little(UInt64(bitPattern: Int64(count)), 4) + [0, 0, 0, 0]
    case .dynamic: bytes += little(UInt64(count * 8) << 16 | 16, 4) + [0, 0, 0, 0]
    case .relative: bytes += little(UInt64(count * 8) << 16 | 4, 4) + [0, 0, 0, 0]
    }
    return bytes + addresses.flatMap { little($0, 8) }
  }

  private func little(_ value: UInt64, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }
}

/// A decoder of one probe's events and of stacks.
private final class StackDecoder {
  var decoder: EventDecoder
  var event = PagemapEvent()

  init(_ probe: RecordedProbe, _ dialect: Dialect) {
    var metadata = TraceMetadata(container: .traceDat(version: 7, compression: "none"))
    metadata.formats = [probe.format(), dialect.format]
    decoder = EventDecoder(metadata: metadata)
  }

  func take(_ payload: [UInt8], id: UInt16, cpu: UInt32 = 1) -> Bool {
    let header = RecordHeader(
      timestamp: 1, payloadOffset: 0, payloadLength: UInt32(payload.count), cpu: cpu, eventID: id,
      kind: .binary)
    let bytes = payload + [UInt8](repeating: 0, count: RecordBatch.slack)
    return decoder.decode(header, bytes.span.bytes, into: &event)
  }
}

private let entry = RecordedProbe(
  name: "drm_pagemap_put", fields: [("dpagemap", .u64(4096))])
private let returned = RecordedProbe(
  name: "drm_pagemap_put_ret", isReturn: true, fields: [("dpagemap", .u64(4096))])

@Test(arguments: Dialect.allCases)
private func stacksJoinTheEventBeforeThem(dialect: Dialect) {
  let start: UInt64 = 0xffff_ffff_c065_51b4
  for probe in [entry, returned] {
    let own = probe.isReturn ? [UInt64(0xffff_ffff_c065)] : [start + 5]
    let decoder = StackDecoder(probe, dialect)
    #expect(decoder.take(probe.payload(), id: RecordedProbe.id))
    #expect(decoder.event.function == start)
    let frames = tracer + own + (0..<12).map { caller + $0 }
    #expect(decoder.take(dialect.payload(frames), id: 4))
    #expect(decoder.event.kind == .kernelStack)
    #expect(decoder.event.function == start)
    #expect(decoder.event.pid == RecordedProbe.pid)
    #expect(decoder.event.stack.addresses == Array(frames.dropFirst(2)))
    // One event has one stack.
    #expect(!decoder.take(dialect.payload(frames), id: 4))
    #expect(decoder.decoder.strayStacks == 1)
    #expect(decoder.decoder.inventory.present.map(\.count) == [1, 1])
  }
}

@Test(arguments: Dialect.allCases)
private func otherStacksAreLeftOut(dialect: Dialect) {
  let start: UInt64 = 0xffff_ffff_c065_51b4
  let right = tracer + [start + 5, caller]
  let cases: [(payload: [UInt8], cpu: UInt32)] = [
    (dialect.payload(right), 2),
    (dialect.payload(tracer + [start + 17, caller]), 1),
    (dialect.payload(tracer + [start - 1, caller]), 1),
    (dialect.payload([]), 1),
    (dialect.payload(right, announced: 5), 1),
    (dialect.payload(right, announced: 4000), 1),
    (Array(dialect.payload(right).prefix(9)), 1),
  ]
  for (payload, cpu) in cases {
    let decoder = StackDecoder(entry, dialect)
    #expect(decoder.take(entry.payload(), id: RecordedProbe.id))
    #expect(!decoder.take(payload, id: 4, cpu: cpu))
    #expect(decoder.decoder.strayStacks + decoder.decoder.undecodable == 1)
  }
}

/// A stack of more frames than any kernel's is cut, and needs no more room than one that is not.
@Test(arguments: Dialect.allCases)
private func longStacksAreCut(dialect: Dialect) {
  let decoder = StackDecoder(entry, dialect)
  #expect(decoder.take(entry.payload(), id: RecordedProbe.id))
  let frames = [0xffff_ffff_c065_51b9] + [UInt64](repeating: caller, count: 1000)
  #expect(decoder.take(dialect.payload(frames), id: 4))
  #expect(decoder.event.stack.addresses.count == CallStack.limit)
}

// MARK: - A recording

/// The functions that the recording's stacks go through, as its machine's kallsyms had them.
private let kallsyms = """
  ffffffffac6000b9 T entry_SYSCALL_64_after_hwframe
  ffffffffacded5f0 T __x64_sys_ioctl
  ffffffffad7b0a90 T do_syscall_64
  ffffffffc0652e10 T drm_pagemap_init\t[drm_gpusvm_helper]
  ffffffffc0655700 T drm_pagemap_acquire_owner\t[drm_gpusvm_helper]
  ffffffffc065acf0 t pmf_ioctl\t[pmfake]

  """

@Test
func recordedStacksAreJoined() throws {
  let path = RepositoryFiles.url("fixtures/recordings/d_madv_leak.stk.dat").path
  let reader = try TraceOpener.open(path: path)
  var decoder = EventDecoder(metadata: reader.metadata)
  reader.select(decoder.selection)
  var batch = RecordBatch()
  var event = PagemapEvent()
  var before: (kind: PagemapEvent.Kind, function: UInt64, pid: Int32)?
  var kinds: [PagemapEvent.Kind: Int] = [:]
  while try reader.read(into: &batch) {
    for header in batch.records where header.kind == .binary {
      guard decoder.decode(header, batch.bytes.span.bytes, into: &event) else { continue }
      if event.kind == .kernelStack, let before {
        #expect(event.function == before.function && event.pid == before.pid)
        let first = try #require(event.stack.addresses.first)
        #expect(first > event.function && first - event.function < 16)
        #expect(event.stack.addresses.count >= 4)
        if kinds.isEmpty {
          let symbols = Symbols(kallsyms: Array(kallsyms.utf8))
          #expect(
            event.stack.addresses.map { symbols.name(of: $0) } == [
              "drm_pagemap_acquire_owner+0x9", "pmf_ioctl+0xece", "__x64_sys_ioctl+0x96",
              "do_syscall_64+0xc4", "entry_SYSCALL_64_after_hwframe+0x76",
            ])
        }
        kinds[before.kind, default: 0] += 1
      } else {
        before = (event.kind, event.function, event.pid)
      }
    }
  }
  #expect(decoder.strayStacks == 0)
  #expect(kinds.values.reduce(0, +) == 20)
  #expect(kinds[.pagemapPut] ?? 0 > 0)
}
