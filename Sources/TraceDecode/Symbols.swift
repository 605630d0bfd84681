import TraceWords

/// Names of the kernel's functions by their addresses, from the text of `/proc/kallsyms`.
///
/// Building it takes milliseconds and, for a kernel of today, some ten megabytes: do so only when
/// names are wanted. Lines that are no symbols are passed over; addresses that are all zero (an
/// unprivileged recorder's) give no names.
package struct Symbols: Sendable {
  private let text: [UInt8]
  /// Addresses in ascending order, and where their lines stand in `text`.
  private var addresses: [UInt64] = []
  private var lines: [UInt32] = []

  /// The farthest that an address may be behind its function's start, in bytes: kallsyms tells no
  /// sizes, and what is farther away belongs to something that the text does not name.
  package static let reach: UInt64 = 1 << 16
  private static let longestName = 128

  /// Reads the symbols of `text`, lines of address, type, name and perhaps `[module]`.
  package init(kallsyms text: [UInt8]) {
    self.text = text
    guard text.count <= Int(UInt32.max) else { return }
    var entries: [(address: UInt64, line: UInt32)] = []
    entries.reserveCapacity(text.count / 40)
    text.withUnsafeBufferPointer { text in
      var start = 0
      while start < text.count {
        var end = start
        while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
        if let address = Self.address(text, start..<end), address != 0 {
          entries.append((address, UInt32(start)))
        }
        start = end + 1
      }
    }
    entries.sort { ($0.address, $0.line) < ($1.address, $1.line) }
    addresses = entries.map(\.address)
    lines = entries.map(\.line)
  }

  /// How many symbols there are.
  package var count: Int { addresses.count }

  /// The function that an address is in and how far from its start, `drm_pagemap_put+0x1c`; nil
  /// where no symbol of code stands before it within `reach`.
  package func name(of address: UInt64) -> String? {
    guard let (name, offset) = lookUp(address) else { return nil }
    return "\(name)+\(Format.address(offset))"
  }

  /// The function alone.
  package func function(of address: UInt64) -> String? { lookUp(address)?.name }

  /// The lines that name these addresses, and those of the next symbol behind each, so that nothing
  /// else is taken for the function before it. They name the addresses as the whole text does.
  package func excerpt(for wanted: Set<UInt64>) -> [UInt8] {
    var starts: Set<UInt64> = []
    for address in wanted {
      let next = firstIndex(behind: address)
      guard next > 0, address - addresses[next - 1] <= Self.reach else { continue }
      starts.insert(addresses[next - 1])
      if next < addresses.count { starts.insert(addresses[next]) }
    }
    var excerpt: [UInt8] = []
    for index in addresses.indices where starts.contains(addresses[index]) {
      excerpt += text[Int(lines[index])...].prefix { $0 != UInt8(ascii: "\n") }
      excerpt.append(UInt8(ascii: "\n"))
    }
    return excerpt
  }

  /// The place of the first symbol that starts behind an address.
  private func firstIndex(behind address: UInt64) -> Int {
    var low = 0
    var high = addresses.count
    while low < high {
      let middle = low + (high - low) / 2
      if addresses[middle] <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func lookUp(_ address: UInt64) -> (name: String, offset: UInt64)? {
    let low = firstIndex(behind: address)
    guard low > 0 else { return nil }
    let start = addresses[low - 1]
    guard address - start <= Self.reach else { return nil }
    // Of several names for one address the first is taken.
    var first = low - 1
    while first > 0, addresses[first - 1] == start { first -= 1 }
    for index in first..<low {
      if let name = codeName(Int(lines[index])) { return (name, address - start) }
    }
    return nil
  }

  /// The address at the start of a line: hexadecimal digits and a blank.
  private static func address(
    _ text: UnsafeBufferPointer<UInt8>, _ line: Range<Int>
  ) -> UInt64? {
    var place = line.lowerBound
    var value: UInt64 = 0
    while place < line.upperBound, place - line.lowerBound <= 16 {
      switch text[place] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        value = value << 4 | UInt64(text[place] &- UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        value = value << 4 | UInt64(text[place] &- UInt8(ascii: "a") + 10)
      case UInt8(ascii: " "): return place > line.lowerBound ? value : nil
      default: return nil
      }
      place += 1
    }
    return nil
  }

  /// The name of a line whose type is that of code.
  private func codeName(_ line: Int) -> String? {
    var place = line
    while place < text.count, text[place] != UInt8(ascii: " ") { place += 1 }
    guard place + 3 < text.count, text[place + 2] == UInt8(ascii: " ") else { return nil }
    switch text[place + 1] {
    case UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: "W"), UInt8(ascii: "w"): break
    default: return nil
    }
    let start = place + 3
    var end = start
    while end < text.count, end - start < Self.longestName, text[end] > UInt8(ascii: " "),
      text[end] < 0x7f
    {
      end += 1
    }
    return end > start ? String(decoding: text[start..<end], as: UTF8.self) : nil
  }
}
