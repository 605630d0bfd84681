import Testing
import TraceDecode
import TraceIngest

/// Format texts with the common fields before the lines given.
func format(_ lines: String, name: String = "probe", id: Int = 1612) -> [UInt8] {
  Array(
    """
    name: \(name)
    ID: \(id)
    format:
    \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
    \tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
    \tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
    \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

    \(lines)
    print fmt: "(%lx) x=%d", REC->__probe_ip, REC->x

    """.utf8)
}

private func parse(
  _ text: [UInt8], longSize: Int = 8, isBigEndian: Bool = false
) throws -> EventFormat {
  guard let handle = TraceEventHandle(longSize: longSize, isBigEndian: isBigEndian) else {
    throw FormatError(offset: 0, expectation: "no memory")
  }
  return try handle.parse(EventFormatText(system: "drm_pagemap", text: text))
}

/// One field line per kind of declaration that the kernel prints, and what it means.
private let declarations: [(line: String, field: EventField)] = [
  (
    "\tfield:u64 x;\toffset:8;\tsize:8;\tsigned:0;\n",
    EventField(name: "x", offset: 8, size: 8, isSigned: false, kind: .integer)
  ),
  (
    "\tfield:s16 x;\toffset:8;\tsize:2;\tsigned:1;\n",
    EventField(name: "x", offset: 8, size: 2, isSigned: true, kind: .integer)
  ),
  (
    "\tfield:unsigned long __probe_ip;\toffset:8;\tsize:8;\tsigned:0;\n",
    EventField(name: "__probe_ip", offset: 8, size: 8, isSigned: false, kind: .integer)
  ),
  (
    "\tfield:bool x;\toffset:8;\tsize:1;\tsigned:0;\n",
    EventField(name: "x", offset: 8, size: 1, isSigned: false, kind: .integer)
  ),
  (
    "\tfield:struct xe_vm * vm;\toffset:16;\tsize:8;\tsigned:0;\n",
    EventField(name: "vm", offset: 16, size: 8, isSigned: false, kind: .integer)
  ),
  (
    "\tfield:const char * x;\toffset:16;\tsize:8;\tsigned:0;\n",
    EventField(name: "x", offset: 16, size: 8, isSigned: false, kind: .integer)
  ),
  (
    "\tfield:enum migrate_mode mode;\toffset:8;\tsize:4;\tsigned:0;\n",
    EventField(name: "mode", offset: 8, size: 4, isSigned: false, kind: .integer)
  ),
  (
    "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n",
    EventField(name: "comm", offset: 8, size: 16, isSigned: false, kind: .string)
  ),
  (
    "\tfield:char file[20+1];\toffset:8;\tsize:21;\tsigned:0;\n",
    EventField(name: "file", offset: 8, size: 21, isSigned: false, kind: .string)
  ),
  (
    "\tfield:unsigned long x[2 * 8];\toffset:8;\tsize:128;\tsigned:0;\n",
    EventField(
      name: "x", offset: 8, size: 128, isSigned: false, kind: .array(count: 16, elementSize: 8))
  ),
  (
    "\tfield:__data_loc char[] dev;\toffset:8;\tsize:4;\tsigned:1;\n",
    EventField(
      name: "dev", offset: 8, size: 4, isSigned: true, kind: .dynamicString(relative: false))
  ),
  (
    "\tfield:__rel_loc char[] dev;\toffset:8;\tsize:4;\tsigned:0;\n",
    EventField(
      name: "dev", offset: 8, size: 4, isSigned: false, kind: .dynamicString(relative: true))
  ),
  (
    "\tfield:__data_loc unsigned long[] args;\toffset:8;\tsize:4;\tsigned:0;\n",
    EventField(
      name: "args", offset: 8, size: 4, isSigned: false, kind: .dynamicArray(relative: false))
  ),
  (
    "\tfield:unsigned long caller[];\toffset:8;\tsize:0;\tsigned:0;\n",
    EventField(name: "caller", offset: 8, size: 0, isSigned: false, kind: .opaque)
  ),
  (
    "\tfield:int x;\toffset:8;\tsize:4;\n",
    EventField(name: "x", offset: 8, size: 4, isSigned: false, kind: .integer)
  ),
]

@Test(arguments: declarations)
func acceptsTheKernelsDeclarations(line: String, field: EventField) throws {
  let parsed = try parse(format(line))
  #expect(parsed.name == "probe")
  #expect(parsed.id == 1612)
  #expect(parsed.system == "drm_pagemap")
  #expect(parsed.fields.count == 5)
  #expect(parsed.fields.last == field)
  #expect(parsed[field: "common_pid"]?.isSigned == true)
}

/// Texts that take the C library down or lead it astray, and texts that are merely wrong; for each
/// a part of what the refusal says.
private let refused: [(text: String, reason: String)] = [
  ("", "\"name: \""),
  ("name:x\nID:7\nformat:\nfield:u y[", "\"name: \""),
  ("name: x\nID: 7\nformat:\n\tfield:u y[", "array's length"),
  ("name: x\nID: 7\nformat:\n\n\nprint fmt: \"\",(REC->a->a->a", "common_type"),
  ("name: x\nID: 7\nformat:\n\n\nprint fmt: \"\",R%0", "common_type"),
  ("name: x\nID: 7\nformat:\n\n\nprint fmt: \"\",R?\"\":\"\"#", "common_type"),
  (
    "name: x\nID: 7\nformat:\n\tfield:unsignedshort c;\toffset:4;\tsize:4;\tsigned:1;\n\n"
      + "print fmt: \"%llu\", REC->c<< REC->", "common_type"
  ),
  ("name: x\nID: 70000\nformat:\n", "up to 65535"),
  ("name: x y\nID: 7\nformat:\n", "\"name: \""),
  ("name: x\nID: 7\nFORMAT:\n", "\"format:\""),
  ("name: x\nID: 7\nformat:\n", "a field line"),
]

@Test(arguments: refused)
func refusesWhatTheKernelDoesNotPrint(text: String, reason: String) {
  let error = #expect(throws: FormatError.self) { try FormatGrammar(Array(text.utf8)) }
  #expect(error?.expectation.contains(reason) == true, "\(String(describing: error))")
}

/// Field lines that are refused behind good common fields.
private let refusedLines = [
  "\tfield:u64 x[;\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 x[1;\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 x[99999];\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 x[60000*60000];\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 x[N];\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 x;\toffset:65530;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 x;\toffset:-8;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 x;\toffset:8;\tsize:8;\tsigned:2;\n",
  "\tfield:u64 x;\tsize:8;\toffset:8;\tsigned:0;\n",
  "\tfield:u64 x; offset:8; size:8; signed:0;\n",
  "\tfield:x;\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:* x;\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 x:1;\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:void (*x)(int);\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:u64 \"x\";\toffset:8;\tsize:8;\tsigned:0;\n",
  "\tfield:char[] x;\toffset:8;\tsize:4;\tsigned:0;\n",
  "\tfield:__data_loc char x;\toffset:8;\tsize:4;\tsigned:0;\n",
  "\tfield:__data_loc char[] x;\toffset:8;\tsize:5;\tsigned:0;\n",
  "\tfield:a b c d e f g h i j k l m n o p q r;\toffset:8;\tsize:4;\tsigned:0;\n",
  String(repeating: "\tfield:u8 x;\toffset:8;\tsize:1;\tsigned:0;\n", count: 600),
]

@Test(arguments: refusedLines)
func refusesOtherFieldLines(line: String) {
  #expect(throws: FormatError.self) { try FormatGrammar(format(line)) }
}

@Test
func givesTheLibraryNothingButFields() throws {
  let grammar = try FormatGrammar(
    format("\tfield:char file[20+1];\toffset:8;\tsize:21;\tsigned:0;\n"))
  #expect(
    grammar.cleanText.hasSuffix(
      "char file[21];\toffset:8;\tsize:21;\tsigned:0;\n\nprint fmt: \"\"\n"))
  #expect(!grammar.cleanText.contains("REC"))
}

@Test
func scansNameAndIDOnly() throws {
  let scanned = try FormatGrammar.scan(Array("name: sched_switch\nID: 315\nnonsense".utf8))
  #expect(scanned.name == "sched_switch")
  #expect(scanned.id == 315)
  #expect(throws: FormatError.self) { try FormatGrammar.scan(Array("ID: 315\n".utf8)) }
}

@Test
func parsesFromSeveralThreads() async throws {
  let line = "\tfield:__data_loc char[] dev;\toffset:8;\tsize:4;\tsigned:1;\n"
  try await withThrowingTaskGroup(of: Int.self) { group in
    for id in 1...8 {
      group.addTask {
        for _ in 0..<50 { _ = try parse(format(line, name: "probe\(id)", id: id)) }
        return try parse(format(line, id: id)).fields.count
      }
    }
    for try await count in group { #expect(count == 5) }
  }
}
