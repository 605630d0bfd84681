import Foundation
import Testing

@testable import MetricsServer

/// A server has a process of its own in each of these, and what asks it a thread of its own. Descriptors
/// are the process's, and so are the threads that tasks run on: those of a run of all tests are kept by
/// tests that wait, while the server needs one to end what it has begun.
@Suite struct MetricsServerTests {
  private static func server(_ page: String = "pmtrace_up 1\n") throws -> MetricsServer {
    let bytes = Array(page.utf8)
    return try MetricsServer(address: "0") { bytes }
  }

  /// Does something that blocks.
  private static func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
  }

  // MARK: What is served

  @Test func metrics() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        let server = try Self.server()
        defer { server.stop() }
        #expect(server.address.host == "127.0.0.1")
        #expect(server.address.port != 0)
        let answer = try #require(Client.get(server.address.port, "/metrics"))
        #expect(answer.status == "HTTP/1.1 200 OK")
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.headers["content-length"] == "13")
        #expect(answer.headers["connection"] == "close")
        #expect(answer.body == "pmtrace_up 1\n")
      }
    }
  }

  /// Each request gets what is true then.
  @Test func everyRequestAsksAgain() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        final class Counter: @unchecked Sendable {
          private let lock = NSLock()
          private var count = 0
          func next() -> Int {
            lock.withLock {
              count += 1
              return count
            }
          }
        }
        let counter = Counter()
        let server = try MetricsServer(address: "127.0.0.1:0") {
          Array("n \(counter.next())\n".utf8)
        }
        defer { server.stop() }
        #expect(Client.get(server.address.port, "/metrics")?.body == "n 1\n")
        #expect(
          Client.get(server.address.port, "/")?.body.contains("<a href=\"/metrics\">") == true)
        #expect(Client.get(server.address.port, "/metrics?x=y")?.body == "n 2\n")
      }
    }
  }

  private static let requests = [
    ("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found"),
    ("GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found"),
    ("GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found"),
    ("GET http://localhost:1/metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK"),
    ("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK"),
    ("\r\nGET /metrics HTTP/1.0\n\n", "HTTP/1.1 200 OK"),
    (
      "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
      "HTTP/1.1 405 Method Not Allowed"
    ),
    ("DELETE / HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"),
    ("GET /metrics HTTP/2.0\r\n\r\n", "HTTP/1.1 505 HTTP Version Not Supported"),
    ("GET /metrics\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    ("\u{0}\u{1b}[2J\u{ff}\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    ("GET metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    (
      "GET /metrics HTTP/1.1\r\nX: " + String(repeating: "x", count: 20_000) + "\r\n\r\n",
      "HTTP/1.1 431 Request Header Fields Too Large"
    ),
  ]

  @Test func everyRequestHasItsAnswer() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        for (request, status) in Self.requests {
          let server = try Self.server()
          defer { server.stop() }
          let answer = try #require(Client.ask(server.address.port, request))
          #expect(answer.status == status, "\(request)")
          if request.hasPrefix("HEAD") { #expect(answer.body.isEmpty) }
          if answer.status.contains("405") { #expect(answer.headers["allow"] == "GET, HEAD") }
          #expect(Client.get(server.address.port, "/metrics")?.body == "pmtrace_up 1\n")
        }
      }
    }
  }

  /// A page that is larger than any buffer of the system arrives whole.
  @Test func largePages() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        let line = String(repeating: "x", count: 99) + "\n"
        let page = String(repeating: line, count: 100_000)
        let server = try Self.server(page)
        defer { server.stop() }
        let answer = try #require(Client.get(server.address.port, "/metrics"))
        #expect(answer.body.utf8.count == page.utf8.count)
      }
    }
  }

  // MARK: Clients in the way

  /// Clients that connect and say nothing, or not all, do not keep another one from its answer. They
  /// have an hour: who waited for one of them would wait for ever.
  @Test func silentClientsAreInNobodysWay() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        let server = try MetricsServer(address: "0", requestTime: .seconds(3600)) {
          Array("up\n".utf8)
        }
        defer { server.stop() }
        let silent = (0..<200).compactMap { _ in Client(server.address.port) }
        for client in silent.prefix(100) { client.send("GET /metrics HTT") }
        #expect(silent.count == 200)
        for _ in 0..<20 { #expect(Client.get(server.address.port, "/metrics")?.body == "up\n") }
        // The oldest made room for another.
        #expect(silent[0].receive() == "")
      }
    }
  }

  @Test func silentClientsHaveTheirTime() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        let server = try MetricsServer(address: "0", requestTime: .milliseconds(50)) { [] }
        defer { server.stop() }
        let silent = try #require(Client(server.address.port))
        silent.send("GET /metrics HTT")
        #expect(silent.receive() == "")
      }
    }
  }

  /// One that sends without end, and one that reads nothing of a large answer.
  @Test func greedyClientsAreEnded() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        let server = try Self.server(String(repeating: "x", count: 40_000_000))
        defer { server.stop() }
        let deaf = Client(server.address.port)
        deaf?.send("GET /metrics HTTP/1.1\r\n\r\n")
        let flooder = try #require(Client(server.address.port))
        let flood = String(repeating: "GET / HTTP/1.1 and on ", count: 50_000)
        var isTaken = true
        for _ in 0..<100 where isTaken { isTaken = flooder.send(flood) }
        #expect(!isTaken, "the server read 100 MB of a request")
        #expect(Client.get(server.address.port, "/")?.status == "HTTP/1.1 200 OK")
      }
    }
  }

  // MARK: Start and stop

  /// It is alone in a process, as another test's programs would hold its socket for a while, and at an
  /// address of its own, as another program might take the port once it is free.
  @Test func stopEndsAllAndFreesThePort() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        let pid = UInt32(getpid())
        let host = "127.\(1 + pid >> 16 & 0x7f).\(pid >> 8 & 0xff).\(pid & 0xff)"
        let server = try MetricsServer(address: "\(host):0", requestTime: .seconds(3600)) { [] }
        let port = server.address.port
        let open = try #require(Client(port, at: host))
        #expect(Client.get(port, "/metrics", at: host) != nil)
        server.stop()
        // It had an hour.
        #expect(open.receive() == "")
        #expect(Client(port, at: host) == nil)
        let again = try MetricsServer(address: "\(host):\(port)") { Array("again\n".utf8) }
        #expect(Client.get(port, "/metrics", at: host)?.body == "again\n")
        again.stop()
        again.stop()
      }
    }
  }

  /// The package's event queue keeps the one descriptor that wakes it up, an eventfd; nothing else may
  /// stay. Descriptors are the process's, so that they are counted in one where nothing else runs.
  @Test func manyStartsAndStopsLeaveNothingElseBehind() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        func targets() throws -> [String] {
          let folder = "/proc/self/fd"
          return try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")) ?? ""
          }
        }
        // What the process was started with may be sockets as well.
        let inherited = Set(try targets())
        func hasSockets() throws -> Bool {
          try targets().contains { $0.hasPrefix("socket:") && !inherited.contains($0) }
        }
        func descriptors() throws -> (wakers: Int, others: Int) {
          // A client's task may end, and close its socket, a moment after the server.
          for _ in 0..<60_000 {
            guard try hasSockets() else { break }
            usleep(1000)
          }
          let targets = try targets()
          let wakers = targets.count { $0.contains("eventfd") }
          return (wakers, targets.count - wakers)
        }
        func once() throws {
          let server = try Self.server()
          #expect(Client.get(server.address.port, "/metrics") != nil)
          server.stop()
        }
        try once()
        let before = try descriptors()
        for _ in 0..<20 { try once() }
        // A task of the last server may still be about to close what it had.
        var after = try descriptors()
        for _ in 0..<60_000 where after.others > before.others {
          usleep(1000)
          after = try descriptors()
        }
        #expect(after.others <= before.others)
        #expect(after.wakers <= before.wakers + 20)
      }
    }
  }

  @Test func aPortThatIsTakenIsNamed() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        let server = try Self.server()
        defer { server.stop() }
        let text = "127.0.0.1:\(server.address.port)"
        let error = #expect(throws: MetricsServerError.self) {
          try MetricsServer(address: text) { [] }
        }
        #expect(
          error?.description == "\(text): metrics cannot be served there: Address already in use"
            + "; another program listens there: choose another port, or 0 for any")
      }
    }
  }

  @Test func anAddressOfAnotherMachineIsRefused() {
    let error = #expect(throws: MetricsServerError.self) {
      try MetricsServer(address: "192.0.2.1:9100") { [] }
    }
    #expect(error?.description.contains("; give an address of this machine") == true)
  }

  private static let hasVersion6 =
    (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?.contains(" lo\n") ?? false

  @Test(.enabled(if: hasVersion6, "there is no IPv6 loopback")) func overVersion6() async {
    await #expect(processExitsWith: .success) {
      try await Self.onThread {
        let server = try MetricsServer(address: "[::1]:0") { Array("six\n".utf8) }
        defer { server.stop() }
        let client = try #require(Client(server.address.port, isVersion6: true))
        client.send("GET /metrics HTTP/1.1\r\n\r\n")
        #expect(client.receive()?.hasSuffix("six\n") == true)
        #expect(server.address.description == "[::1]:\(server.address.port)")
      }
    }
  }
}
