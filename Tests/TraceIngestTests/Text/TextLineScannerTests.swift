import Testing

@testable import TraceIngest

/// What a line means, in words that are easy to compare.
private func meaning(_ line: String) -> String {
  let bytes = Array("..\(line).".utf8)
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
  return switch TextLineScanner.scan(bytes.span.bytes, 2..<bytes.count - 1) {
  case .blank: "blank"
  case .header(let header): "header \(header.overwritten) \(header.isTelling)"
  case .bufferStarted(let cpu): "started \(cpu)"
  case .lost(let cpu, let count): "lost \(cpu) \(count.map { "\($0)" } ?? "?")"
  case .stack: "stack"
  case .unreadable: "unreadable"
  case .event(let event):
    "\(text(event.comm))|\(event.pid)|\(event.cpu)|\(event.timestamp)|"
      + "\(text(event.name))|\(text(event.payload))"
  }
}

private let events: [(line: String, meaning: String)] = [
  // trace-cmd report, the kernel with 4, 5 and 8 flags, with and without the group's id.
  (
    "          insmod-214   [000]    39.466439: drm_pagemap_put:      (ffffffffc06) ref=3",
    "insmod|214|0|39466439000|drm_pagemap_put|(ffffffffc06) ref=3"
  ),
  (
    "          <idle>-0       [001] d..1   19.042429: sched_switch: prev_comm=a ==> next_comm=b",
    "<idle>|0|1|19042429000|sched_switch|prev_comm=a ==> next_comm=b"
  ),
  (
    "           <...>-1234    [003] dNh2.   100.000001: exit_mmap: (exit_mmap+0x0/0x3a0) mm=0x1",
    "<...>|1234|3|100000001000|exit_mmap|(exit_mmap+0x0/0x3a0) mm=0x1"
  ),
  (
    "          pmtest-77      (     77) [127] d.L.b2.. 5.000007: a: b",
    "pmtest|77|127|5000007000|a|b"
  ),
  ("          pmtest-77      (-----) [000] .....     5.000007: a: b", "pmtest|77|0|5000007000|a|b"),
  // Task names with blanks, dashes, colons, brackets and digits.
  ("     Web Content-77      [000] ..... 5.000007: a: b", "Web Content|77|0|5000007000|a|b"),
  (" kworker/u8:2-ev-1234    [000] ..... 5.000007: a: b", "kworker/u8:2-ev|1234|0|5000007000|a|b"),
  ("   x-1 [7] y (2)-77      [000] ..... 5.000007: a: b", "x-1 [7] y (2)|77|0|5000007000|a|b"),
  ("   a-1 [0] 1: b:-77      [001] ..... 5.000007: a: b", "a-1 [0] 1: b:|77|1|5000007000|a|b"),
  ("                -77      [001] ..... 5.000007: a: b", "|77|1|5000007000|a|b"),
  // A payload that looks like a line changes nothing.
  (
    "          pmtest-77      [000] ..... 5.000007: print: x-1 [001] ..... 9.000000: c: d",
    "pmtest|77|0|5000007000|print|x-1 [001] ..... 9.000000: c: d"
  ),
  // Lines whose leading blanks were lost.
  ("pmtest-77 [000] 5.000007: a: b", "pmtest|77|0|5000007000|a|b"),
  // Nanoseconds, few digits, clocks that are not time.
  ("          pmtest-77    [000] 5.123456789: a: b", "pmtest|77|0|5123456789|a|b"),
  ("          pmtest-77    [000] 5.1: a: b", "pmtest|77|0|5100000000|a|b"),
  ("          pmtest-77    [000] ..... 123456: a: b", "pmtest|77|0|123456|a|b"),
  // No payload, no name, a name that is none.
  ("          pmtest-77    [000] 5.000007: a:", "pmtest|77|0|5000007000|a|"),
  (
    "          pmtest-77    [000] ..... 5.000007: sys_close <-do_syscall_64",
    "pmtest|77|0|5000007000||sys_close <-do_syscall_64"
  ),
  (
    "          pmtest-77    [000] ..... 5.000007: <stack trace>",
    "pmtest|77|0|5000007000||<stack trace>"
  ),
  // With the time since the event before, with the event's system, and as perf script prints it.
  (
    "          pmtest-77    [000]  5.000007: (+464)    a: (ffff) b=1",
    "pmtest|77|0|5000007000|a|(ffff) b=1"
  ),
  ("  pmtest-77     1d..2.    5.000007: a: (ffff) b=-1", "pmtest|77|1|5000007000|a|(ffff) b=-1"),
  ("  Web-2 x-77    12.....    5.000007: a: b-1 0.....", "Web-2 x|77|12|5000007000|a|b-1 0....."),
  (
    "          pmtest-77    [000]  5.000007: drm:a: (ffff) b=1",
    "pmtest|77|0|5000007000|a|(ffff) b=1"
  ),
  ("     Web Content    77 [000]  5.000007: drm:a: (ffff)", "Web Content|77|0|5000007000|a|(ffff)"),
  ("          pmtest 7/77 [000]  5.000007: drm:a: b=c:d", "unreadable"),
  ("\u{FEFF}          pmtest-77    [000]  5.000007: a: b", "pmtest|77|0|5000007000|a|b"),
]

@Test(arguments: events)
func takesEventsApart(line: String, expected: String) {
  #expect(meaning(line) == expected)
}

private let others: [(line: String, meaning: String)] = [
  ("", "blank"), ("   ", "blank"), ("#", "blank"), ("#              | |  / delay", "blank"),
  ("# tracer: nop", "header 0 true"),
  ("# entries-in-buffer/entries-written: 140080/250280   #P:4", "header 110200 true"),
  ("# entries-in-buffer/entries-written: 5/5   #P:4", "header 0 true"),
  ("# entries-in-buffer/entries-written: 5/99999999999999999999", "blank"),
  ("cpus=2", "header 0 true"), ("cpus=many", "unreadable"), ("version = 7", "header 0 false"),
  ("CPU 1 is empty", "blank"), ("##### CPU 12 buffer started ####", "started 12"),
  ("CPU:1 [LOST 25 EVENTS]", "lost 1 25"), ("CPU:1 [25 EVENTS DROPPED]", "lost 1 25"),
  ("CPU:1 [LOST EVENTS]", "lost 1 ?"), ("CPU:1 [EVENTS DROPPED]", "lost 1 ?"),
  ("CPU:1 [LOST many EVENTS]", "unreadable"), ("CPU:99999 [LOST EVENTS]", "unreadable"),
  ("\t=> fentry_dispatcher", "stack"), ("\u{FEFF}# tracer: nop", "header 0 true"),
  ("\tffffffff812c drm_pagemap_put+0x1 ([kernel.kallsyms])", "stack"),
  (" => drm_pagemap_put", "stack"), ("=> drm_pagemap_put (ffffffffc06551b4)", "stack"),
  ("hello mirror", "unreadable"),
  ("          pmtest-77    [000] 5.0000000001: a: b", "unreadable"),
  ("          pmtest-77    [000] 99999999999999.0: a: b", "unreadable"),
  ("          pmtest-77    [99999] 5.0: a: b", "unreadable"),
  ("          pmtest-99999999999 [000] 5.0: a: b", "unreadable"),
  ("          pmtest       [000] 5.0: a: b", "unreadable"),
  ("          pmtest-77    [000] ... 5.0: a: b", "unreadable"),
  ("          pmtest-77    [000] ......... 5.0: a: b", "unreadable"),
  ("          pmtest 77    [000] 5.0: a: b", "unreadable"),
  ("          pmtest-77    [000]", "unreadable"), ("[000] ", "unreadable"),
  ("-1 [0] 1.", "unreadable"),
]

@Test(arguments: others)
func tellsOtherLinesApart(line: String, expected: String) {
  #expect(meaning(line) == expected)
}

/// No cut of any line reaches outside of it or stops the program.
@Test
func everyCutOfEveryLineIsTaken() {
  for line in events.map(\.line) + others.map(\.line) {
    let bytes = Array(line.utf8)
    for end in 0...bytes.count {
      for start in 0...end { _ = TextLineScanner.scan(bytes.span.bytes, start..<end) }
    }
  }
}
