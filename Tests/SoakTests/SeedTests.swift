import ReferenceKernel
import SoakSupport
import Testing

@Suite struct SeedTests {
  @Test func aSeedRepeats() {
    #expect(RandomSequence(seed: 4).log.file() == RandomSequence(seed: 4).log.file())
  }
}
