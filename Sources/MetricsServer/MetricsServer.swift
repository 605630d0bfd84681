import Dispatch
import FlyingSocks
import Glibc
import Synchronization

/// Serves metrics over HTTP: `GET /metrics`, and a page at `/` that links it.
///
/// It is started and stopped from synchronous code and works on a queue of its own. Every client
/// has a bound in time and in bytes, and there is a bound to how many there are: one that is slow or
/// hostile is in nobody's way.
package final class MetricsServer: Sendable {
  /// Where it listens.
  package let address: MetricsAddress

  private struct State {
    var task: Task<Void, Never>?
    var socket: Socket?
  }

  private let state: Mutex<State>
  private let finished = DispatchSemaphore(value: 0)

  /// Listens at an address and begins to serve what `page` gives, which is called for each request
  /// by any thread.
  ///
  /// - Parameter address: `PORT`, `:PORT`, `HOST:PORT` or `[::1]:PORT`; without a host it is the
  ///   loopback, and port 0 lets the system choose one, which `address` then tells.
  /// - Throws: `MetricsServerError` where there is no such address or it cannot be had.
  package convenience init(address: String, page: @escaping @Sendable () -> [UInt8])
    throws(MetricsServerError)
  {
    try self.init(address: address, requestTime: .seconds(5), page: page)
  }

  /// The same, with another time that a client may take with its request.
  init(address text: String, requestTime: Duration, page: @escaping @Sendable () -> [UInt8])
    throws(MetricsServerError)
  {
    guard let wanted = MetricsAddress(text) else { throw .noAddress(text) }
    let socket: Socket
    do {
      (socket, address) = try wanted.listen()
    } catch {
      throw .unavailable(wanted, error)
    }
    state = Mutex(State(task: nil, socket: socket))
    let finished = finished
    let executor = QueueExecutor()
    let task = Task.detached(executorPreference: executor) {
      await ClientLoop(page: page, requestTime: requestTime, executor: executor).run(socket)
      finished.signal()
    }
    state.withLock { $0.task = task }
  }

  /// Stops listening and ends all connections. Waits a moment for that.
  package func stop() {
    let state = state.withLock { state in
      defer { state = State() }
      return state
    }
    guard let task = state.task else { return }
    task.cancel()
    _ = finished.wait(timeout: .now() + .seconds(2))
    try? state.socket?.close()
  }

  deinit { stop() }
}

/// Why metrics cannot be served.
package enum MetricsServerError: Error, CustomStringConvertible {
  /// The text is no address.
  case noAddress(String)
  /// The address cannot be listened at.
  case unavailable(MetricsAddress, any Error)

  package var description: String {
    switch self {
    case .noAddress(let text):
      "\(text): no address for metrics; give PORT, 127.0.0.1:PORT or [::1]:PORT"
    case .unavailable(let address, SocketError.failed(_, let number, let message)):
      "\(address): metrics cannot be served there: \(message)" + Self.advice(number)
    case .unavailable(let address, let error):
      "\(address): metrics cannot be served there: \(error)"
    }
  }

  private static func advice(_ number: Int32) -> String {
    switch number {
    case EADDRINUSE: "; another program listens there: choose another port, or 0 for any"
    case EADDRNOTAVAIL: "; give an address of this machine"
    case EACCES: "; give a port above 1023"
    default: ""
    }
  }
}
