import Foundation
import Glibc

/// A client over a real socket that does only what a test tells it to.
final class Client {
  private let descriptor: Int32

  /// Connects to `127.0.0.1:PORT`, another host's port or `[::1]:PORT`; nil where nobody listens.
  init?(_ port: UInt16, at host: String = "127.0.0.1", isVersion6: Bool = false) {
    // Programs that other tests start meanwhile must not keep the connection open.
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = socket(isVersion6 ? AF_INET6 : AF_INET, type, 0)
    let result: Int32
    if isVersion6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      inet_pton(AF_INET6, "::1", &address.sin6_addr)
      result = Self.connect(descriptor, address)
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      inet_pton(AF_INET, host, &address.sin_addr)
      result = Self.connect(descriptor, address)
    }
    guard result == 0 else {
      close(descriptor)
      return nil
    }
    var time = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(
      descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  private static func connect<Address>(_ descriptor: Int32, _ address: Address) -> Int32 {
    withUnsafeBytes(of: address) { bytes in
      guard let base = bytes.baseAddress else { return -1 }
      return Glibc.connect(
        descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
  }

  /// Sends bytes. Answers whether the server took them.
  @discardableResult
  func send(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// All that comes until the server closes; nil where it does not in time.
  func receive() -> String? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      if count < 0 { return errno == ECONNRESET ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes += buffer[..<count]
    }
  }

  /// The answer to one request.
  static func ask(_ port: UInt16, _ request: String, at host: String = "127.0.0.1") -> Answer? {
    guard let client = Client(port, at: host), client.send(request) else { return nil }
    return client.receive().flatMap(Answer.init)
  }

  /// The answer to a GET of a path.
  static func get(_ port: UInt16, _ path: String, at host: String = "127.0.0.1") -> Answer? {
    ask(port, "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", at: host)
  }
}

/// An HTTP response.
struct Answer {
  let status: String
  let headers: [String: String]
  let body: String

  init?(_ text: String) {
    guard let end = text.range(of: "\r\n\r\n") else { return nil }
    let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
    status = lines.first ?? ""
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    self.headers = headers
    body = String(text[end.upperBound...])
  }
}
