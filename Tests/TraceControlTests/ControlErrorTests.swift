import Testing

@testable import TraceControl

@Suite struct ControlErrorTests {
  @Test func itsDescriptionIsOneLine() {
    let error = ControlError(.refused, "a", advice: "b")
    #expect(error.description == "a; b")
  }
}
