import Glibc

/// What the process has used by now.
struct Cost {
  /// CPU time in seconds.
  var seconds: Double
  /// Resident memory in bytes.
  var resident: Int

  /// Reads the clock and the memory.
  static func now() -> Cost {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Cost(seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9, resident: resident())
  }

  /// The second number of /proc/self/statm, in pages.
  private static func resident() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let words = String(decoding: line.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
      separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * Int(getpagesize()) : 0
  }
}

/// A number of up to two decimals, right-aligned: what Foundation would be too much for.
func padded(_ value: Double, _ width: Int, decimals: Int = 1) -> String {
  let scale = decimals == 0 ? 1.0 : (decimals == 1 ? 10.0 : 100.0)
  let rounded = Int((value * scale).rounded())
  var text = String(rounded / Int(scale))
  if decimals > 0 {
    let rest = String(rounded % Int(scale))
    text += "." + String(repeating: "0", count: decimals - rest.count) + rest
  }
  return String(repeating: " ", count: max(0, width - text.count)) + text
}

/// A text that is right-aligned.
func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
