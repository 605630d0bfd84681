import Testing
import TraceDecode

private let text = """
  0000000000000000 A fixed_percpu_data
  ffffffff81000000 T _stext
  ffffffff81001000 t drm_helper
  ffffffff81001000 T drm_pagemap_put
  ffffffff81001040 T drm_pagemap_init	[drm_gpusvm_helper]
  ffffffff81002000 D drm_data
  ffffffff81003000 T last
  nonsense
  fffffffg81004000 T bad_digit
  ffffffff81004000
  ffffffff81004000 T

  ffffffffffffffffff T too_long
  """

private let symbols = Symbols(kallsyms: Array(text.utf8))

@Test(
  arguments: [
    (0xffff_ffff_8100_0000, "_stext+0x0"), (0xffff_ffff_8100_0fff, "_stext+0xfff"),
    (0xffff_ffff_8100_101c, "drm_helper+0x1c"), (0xffff_ffff_8100_1044, "drm_pagemap_init+0x4"),
    // Data is no function.
    (0xffff_ffff_8100_2004, nil), (0xffff_ffff_8100_3000, "last+0x0"),
    // Neither is what lies before the first symbol, or too far behind the last.
    (0xffff_ffff_80ff_ffff, nil), (0x1000, nil), (0, nil), (UInt64.max, nil),
  ] as [(UInt64, String?)])
func addressesHaveNames(address: UInt64, name: String?) {
  #expect(symbols.name(of: address) == name)
  #expect(symbols.function(of: address) == name.map { String($0.prefix { $0 != "+" }) })
}

@Test
func nothingButZerosHasNoNames() {
  let hidden = Symbols(kallsyms: Array("0000000000000000 T a\n0000000000000000 T b\n".utf8))
  #expect(hidden.count == 0)
  #expect(hidden.name(of: 0) == nil)
  #expect(Symbols(kallsyms: []).name(of: 4096) == nil)
}

/// Text that anybody wrote: no place of it may be read beyond its end.
@Test
func cutTextIsReadToItsEnd() {
  let bytes = Array(text.utf8)
  for length in 0...bytes.count {
    let symbols = Symbols(kallsyms: Array(bytes.prefix(length)))
    for address: UInt64 in [0xffff_ffff_8100_1044, 0xffff_ffff_8100_4000] {
      let name = symbols.name(of: address)
      #expect(name == nil || name?.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } == true)
    }
  }
}

@Test
func namesAreCleanAndShort() {
  let long = String(repeating: "x", count: 1000)
  let symbols = Symbols(
    kallsyms: Array("0000000000001000 T \(long)\n0000000000002000 T a\u{1b}[2J\n".utf8))
  #expect(symbols.function(of: 0x1000)?.utf8.count == 128)
  #expect(symbols.function(of: 0x2000) == "a")
}
