import Testing

@testable import MetricsServer

@Suite struct MetricsAddressTests {
  @Test(arguments: [
    ("9100", "127.0.0.1:9100"), (":9100", "127.0.0.1:9100"), ("localhost:1", "127.0.0.1:1"),
    ("0.0.0.0:9100", "0.0.0.0:9100"), ("[::1]:9100", "[::1]:9100"), ("[::]:0", "[::]:0"),
    ("65535", "127.0.0.1:65535"), ("127.0.0.1:0", "127.0.0.1:0"),
  ])
  func addresses(_ text: String, _ meaning: String) {
    #expect(MetricsAddress(text)?.description == meaning)
  }

  @Test(arguments: [
    "", ":", "-1", "+1", "65536", "99999999999999999999", "host:9100", "::1", "::1:9100", "[::1]",
    "[::1]9100", "[::1]:", "[127.0.0.1]:1", "1:2:3", "127.0.0.1", "127.0.0.1:", "127.0.0.1: 1",
    "127.1:1", "[::1:9100", "٣", "1\n", "http://127.0.0.1:1",
  ])
  func noAddresses(_ text: String) {
    #expect(MetricsAddress(text) == nil)
    #expect(throws: MetricsServerError.self) { try MetricsServer(address: text) { [] } }
  }
}
