import PagemapEvents
import PagemapProbes
import Testing

@Suite struct ProbeDefinitionTests {
  @Test(arguments: ProbeCatalogue.all.flatMap(\.candidates))
  func printsWhatItReads(definition: ProbeDefinition) throws {
    var read = try ProbeDefinition(definition.line)
    read.form = definition.form
    #expect(read == definition)
  }

  @Test func takesALineApart() throws {
    let probe = try ProbeDefinition(
      #"r16:drm_pagemap/put_ret  pmfake:pmf_put+0x10 ret=$retval:s32"#)
    #expect(probe.type == "r")
    #expect(probe.limit == "16")
    #expect(probe.name == "drm_pagemap:put_ret")
    #expect(probe.module == "pmfake")
    #expect(probe.symbol == "pmf_put")
    #expect(probe.arguments == ["ret=$retval:s32"])
    #expect(probe.isReturn && !probe.isUser)
    #expect(probe.line == "r16:drm_pagemap/put_ret pmfake:pmf_put+0x10 ret=$retval:s32")
  }

  @Test func takesAProgramApart() throws {
    let probe = try ProbeDefinition("p:mine/put /usr/bin/a.out:0x1139 dpagemap=%di:x64")
    #expect(probe.isUser && !probe.isReturn)
    #expect(probe.symbol == "/usr/bin/a.out:0x1139")
    #expect(probe.module == nil)
  }

  @Test(arguments: [
    ("f:exit_mmap exit_mmap", "fprobes"), ("p:exit_mmap exit_mmap", "kprobes"),
    ("r:a /bin/a:0x1", "uprobes"), ("p:mine/a exit_mmap", "mine"),
  ])
  func groupsMayBeLeftToTheKernel(line: String, group: String) throws {
    #expect(try ProbeDefinition(line).group == group)
  }

  @Test(arguments: [
    "", "exit_mmap", "x:a/b exit_mmap", "p exit_mmap", "p:a/b", "p:a/b/c d", "p:a/1b c", "p:/b c",
    "p:a-b/c d", "rx:a/b c", "p:a/ c", "p:a/\(String(repeating: "b", count: 64)) c",
  ])
  func otherLinesAreRefused(line: String) {
    #expect(throws: ProbeDefinition.SyntaxError.self) { try ProbeDefinition(line) }
  }

  @Test func filesHaveCommentsAndNoEventTwice() throws {
    let text = "# mine\n\n  p:a/b c\r\n\tf:a/d e x y\n"
    #expect(try ProbeDefinition.file(text).map(\.line) == ["p:a/b c", "f:a/d e x y"])
    let twice = #expect(throws: ProbeDefinition.SyntaxError.self) {
      try ProbeDefinition.file("p:a/b c\n#\np:a/b d\n")
    }
    #expect(twice?.description == "line 3: a:b is defined twice")
    let wrong = #expect(throws: ProbeDefinition.SyntaxError.self) {
      try ProbeDefinition.file("p:a/b c\nnonsense\n")
    }
    #expect(wrong?.line == 2)
  }

  @Test func marksAreTakenOff() throws {
    let probe = try ProbeDefinition("p:a/b c x=%di:x64")
    #expect(probe.unmarked == probe)
    for mark in [#"pmtrace=\1:u8"#, #"pmtrace=\2:u8"#] {
      #expect(try ProbeDefinition("p:a/b c x=%di:x64 \(mark)").unmarked == probe)
    }
  }

  @Test func fprobesHaveKprobesForOlderKernels() throws {
    let entry = try ProbeDefinition("f:a/b drm_pagemap_put dpagemap").asKprobe
    #expect(entry?.line == "p:a/b drm_pagemap_put dpagemap")
    let ret = try ProbeDefinition("f:a/b_ret drm_pagemap_put%return ret=$retval").asKprobe
    #expect(ret?.line == "r:a/b_ret drm_pagemap_put ret=$retval")
    #expect(ret?.isReturn == true)
    #expect(try ProbeDefinition("p:a/b c").asKprobe == nil)
  }

  @Test func ownProbesMeanWhatTheirNamesSay() throws {
    let put = CatalogueProbe(own: try ProbeDefinition("p:mine/drm_pagemap_put /bin/a:0x1"))
    #expect(put?.kind == .pagemapPut)
    let ret = CatalogueProbe(own: try ProbeDefinition("r:mine/drm_pagemap_put_ret /bin/a:0x1"))
    #expect(ret?.kind == .pagemapPutReturn)
    #expect(CatalogueProbe(own: try ProbeDefinition("p:mine/other /bin/a:0x1")) == nil)
  }
}
