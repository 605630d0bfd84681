import ArgumentParser
import PagemapAnalysis
import PagemapRules

/// A point of time on the command line.
extension ReplayTime: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

/// An address as reports show it: `0xff36ccee44c28298`, with or without the prefix.
struct Address: ExpressibleByArgument {
  let value: UInt64

  init?(argument: String) {
    let digits = argument.lowercased().hasPrefix("0x") ? argument.dropFirst(2) : argument[...]
    guard digits.first?.isHexDigit == true, let value = UInt64(digits, radix: 16) else {
      return nil
    }
    self.value = value
  }
}

/// A range of virtual addresses: `0x7f0000000000-0x7f0000010000`, its end exclusive.
struct AddressRange: ExpressibleByArgument {
  let range: Range<UInt64>

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = Address(argument: String(parts[0]))?.value,
      let end = Address(argument: String(parts[1]))?.value, start < end
    else { return nil }
    range = start..<end
  }
}
