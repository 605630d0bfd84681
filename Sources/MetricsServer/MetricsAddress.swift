import FlyingSocks
import Glibc

/// Where metrics are served: a numeric address and a port.
///
/// Metrics tell process names and kernel addresses, so that nothing but the machine itself can read
/// them unless an address says so: without one it is the loopback.
package struct MetricsAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address, as numbers.
  package var host: String
  /// The port; 0 lets the system choose.
  package var port: UInt16

  /// The address that a text names: `PORT`, `:PORT`, `HOST:PORT` or `[::1]:PORT`, where HOST is
  /// `localhost` or numbers; nil where it is none.
  package init?(_ text: String) {
    let parts = Self.split(text)
    // Digits only: what UInt16 takes beside them ("+1") is no port.
    guard let parts, parts.port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }),
      let port = UInt16(parts.port)
    else { return nil }
    self.port = port
    switch parts.host {
    case "", "localhost": host = "127.0.0.1"
    default:
      guard Self.isNumeric(parts.host, parts.isBracketed ? AF_INET6 : AF_INET) else { return nil }
      host = parts.host
    }
  }

  private init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  private static func split(_ text: String) -> (host: String, port: String, isBracketed: Bool)? {
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let rest = text[text.index(after: end)...]
      guard rest.first == ":" else { return nil }
      return (
        String(text[text.index(after: text.startIndex)..<end]), String(rest.dropFirst()), true
      )
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    return switch parts.count {
    case 1: ("", String(parts[0]), false)
    case 2: (String(parts[0]), String(parts[1]), false)
    default: nil
    }
  }

  private static func isNumeric(_ host: String, _ family: Int32) -> Bool {
    var bytes = in6_addr()
    return withUnsafeMutableBytes(of: &bytes) { inet_pton(family, host, $0.baseAddress) } == 1
  }

  private var isVersion6: Bool { host.contains(":") }

  /// `127.0.0.1:9100`, `[::1]:9100`.
  package var description: String { isVersion6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// A socket that listens there, and the address with the port that it has.
  func listen() throws -> (socket: Socket, address: MetricsAddress) {
    let socket = try Socket(domain: isVersion6 ? AF_INET6 : AF_INET)
    do {
      socket.closeOnExec()
      try socket.setValue(true, for: .localAddressReuse)
      if isVersion6 {
        try socket.bind(to: .inet6(ip6: host, port: port))
      } else {
        try socket.bind(to: .inet(ip4: host, port: port))
      }
      switch try socket.sockname() {
      case .ip4(_, let port), .ip6(_, let port):
        // This closes the socket itself where it fails.
        try socket.listen()
        return (socket, MetricsAddress(host: host, port: port))
      case .unix: throw SocketError.unsupportedAddress
      }
    } catch {
      try? socket.close()
      throw error
    }
  }
}

extension Socket {
  /// Keeps the socket from the programs that the process starts.
  func closeOnExec() { _ = fcntl(file.rawValue, F_SETFD, FD_CLOEXEC) }
}
