import ReferenceKernel
import SoakSupport
import Testing

/// What random checking rests on, and the seeds that once failed.
@Suite struct SeedTests {
  /// Seeds at which pmtrace or the reference kernel was wrong once: what was learned stays learned.
  /// `make soak` prints such seeds.
  private static let failed: [UInt64] = [
    14, 19, 22, 107, 109, 111, 125, 147, 162, 523, 524, 569, 593, 609, 813, 943, 994, 1303, 1323,
    1367,
    1472, 1555, 1713, 1785, 1790, 2217, 2657, 2661, 2673, 2677, 2751,
  ]

  @Test(arguments: failed)
  func aSeedThatFailedOnce(seed: UInt64) throws {
    let problems = try SoakCheck().check(seed: seed)
    #expect(problems.map(\.text) == [])
  }

  @Test func aSeedRepeats() {
    for seed in [4, 9, 77] as [UInt64] {
      let fault = SoakCheck.fault(of: seed)
      #expect(
        RandomSequence(seed: seed, fault: fault).log.file()
          == RandomSequence(seed: seed, fault: fault).log.file())
    }
  }

  /// Legal sequences come to their end: a task that hangs would be a mistake of the reference.
  @Test func theReferenceKernelDoesNotHang() {
    var events = 0
    for seed in 0..<30 as Range<UInt64> {
      let sequence = RandomSequence(seed: seed * 2)
      #expect(sequence.isComplete, "seed \(seed * 2): \(sequence.remains)")
      events += sequence.log.entries.count
    }
    #expect(events > 30 * 200)
  }

  /// A fault that never comes about would check nothing.
  @Test(arguments: Fault.allCases)
  func everyFaultComesAbout(fault: Fault) {
    #expect(
      (0..<80 as Range<UInt64>).contains { RandomSequence(seed: $0, fault: fault).fault == fault })
  }
}
