import Testing

@testable import TraceIngest

private func open(_ text: String) throws -> TextTraceReader {
  let bytes = Array(text.utf8)
  var position = 0
  return try TextTraceReader { buffer throws(IngestError) in
    let count = min(buffer.count, bytes.count - position)
    buffer.copyBytes(from: bytes[position..<position + count])
    position += count
    return count
  }
}

private let header = "# tracer: nop\n#\n# entries-in-buffer/entries-written: 2/2   #P:2\n#\n"
private let task = "          pmtest-77    [000] ..... 5.000007: "

private let refused: [(text: String, dialect: TextDialect)] = [
  (header + task + "drm_pagemap_put: __probe_ip=0x55b2d0a3 (94) dpagemap=0xff (-1)\n", .fields),
  ("cpus=2\n" + task + "drm_pagemap_put:      __probe_ip=ffffffffc0 dpagemap=0xff\n", .rawReport),
  (task + "a_ret: __probe_func=ffffffffc0 __probe_ret_ip=ffffffff ret=0x0\n", .rawReport),
  (header + "7598 0 3700885421455 type: 2326\n", .raw),
  (header + "ae 1d 00 00 00 00 00 00 11 22 33 44\n", .hex),
  ("# tracer: nop\n#\n# nop latency trace v1.1.5 on 7.3.4\n", .latencyFormat),
  ("# tracer: function_graph\n#\n# CPU  DURATION\n 0)   1.2 us    |  f();\n", .functionGraph),
  (header + "drm_pagemap_put: (drm_pagemap_put+0x4/0x90) dpagemap=0xff ref=2\n", .noContext),
  ("a.dat: cpus=2\nb.dat: cpus=2\na.dat: " + task + "a: b\n", .severalFiles),
  (header + task + "\u{1b}[01;31m\u{1b}[Kdrm_pagemap_put\u{1b}[m: (ffff) b=1\n", .coloured),
]

/// What is printed in other columns is refused in one line, which says what it is and what to leave out.
@Test(arguments: refused)
func otherDialectsAreRefusedByName(text: String, dialect: TextDialect) throws {
  let error = #expect(throws: IngestError.self) { try open(text) }
  #expect(error?.code == .notATrace)
  #expect(error?.expectation.hasSuffix("this is \(dialect.name)") == true)
  #expect(error?.advice == dialect.advice)
  #expect(error.map { "\($0)".contains("\n") } == false)
}

@Test
func everyDialectHasALine() {
  #expect(Set(refused.map(\.dialect)) == Set(TextDialect.allCases))
}

@Test
func aHeaderWithoutAnyReadableLineIsRefused() throws {
  let error = #expect(throws: IngestError.self) { try open(header + "some words\nand more\n") }
  #expect(error?.offset == UInt64(header.utf8.count))
  #expect(error?.advice.contains("trace_options") == true)
  // An empty trace is one.
  #expect(throws: Never.self) { try open(header) }
}

/// A task may have any name.
@Test
func namesOfTasksAreNoDialect() throws {
  let line = "    \u{1b}[31m: cpus=-77    [000] ..... 5.000007: a: (ffff) b=1\n"
  #expect(try ReadTrace(open(line)).ledger.eventsRead == 1)
}

/// Behind the first lines a text is not refused any more: what cannot be read there is damage.
@Test
func otherValuesFurtherOnAreDamage() throws {
  let trace = try ReadTrace(
    open(
      task + "a: (ffff) b=1\n" + task + "a: __probe_ip=ffff b=1\n" + task + "a: (ffff) b=1\n"))
  #expect(trace.ledger.damage.map(\.kind) == [.unreadableLine])
  #expect(trace.records.map(\.kind) == [.text, .damage, .text])
}

/// No line, and no cut of one, stops the program.
@Test
func everyCutOfEveryLineIsLookedAt() {
  for text in refused.map(\.text) {
    let bytes = Array(text.utf8)
    for end in 0...bytes.count {
      _ = TextDialect.of(bytes.span.bytes, 0..<end, isTrace: true)
      _ = TextDialect.of(bytes.span.bytes, end..<bytes.count, isTrace: end % 2 == 0)
    }
  }
}
