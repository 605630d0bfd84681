import FlyingSocks
import FoundationEssentials
import Glibc
import Synchronization

/// Takes in clients and serves each in a task of its own.
struct ClientLoop: Sendable {
  /// Clients at a time; one more ends the oldest.
  private static let clientLimit = 64
  /// Bytes of a request that are read at most.
  private static let requestLimit = 8192
  /// How long a client may take with the response.
  private static let responseTime = Duration.seconds(10)
  /// How much, and how long, is read behind a response, so that it is not lost by a reset.
  private static let restLimit = 65_536
  private static let restTime = Duration.seconds(1)

  /// What `/metrics` is at the moment.
  let page: @Sendable () -> [UInt8]
  /// How long a client may take with its request.
  let requestTime: Duration
  /// What all of it runs on.
  let executor: QueueExecutor

  /// Serves until the task is cancelled.
  func run(_ socket: Socket) async {
    let pool = SocketPool<ePoll>.ePoll()
    do {
      try await pool.prepare()
      let listener = try AsyncSocket(socket: socket, pool: pool)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await pool.run() }
        group.addTask { await acceptClients(listener) }
        _ = try await group.next()
        group.cancelAll()
      }
    } catch {
      // It was cancelled, or the system has no event queue left: metrics are gone, the trace goes on.
    }
  }

  /// The clients that are being served, the oldest first.
  private final class Clients: Sendable {
    private let tasks = Mutex<[(number: Int, task: Task<Void, Never>)]>([])
    private let executor: QueueExecutor

    init(_ executor: QueueExecutor) { self.executor = executor }

    /// Serves one. Where they are too many, the oldest has had its time.
    func start(_ number: Int, _ serve: @escaping @Sendable () async -> Void) {
      let oldest = tasks.withLock { tasks in
        // It takes itself off the list behind this lock, thus never before it is on it.
        let task = Task(executorPreference: executor) {
          await serve()
          self.remove(number)
        }
        tasks.append((number, task))
        return tasks.count > ClientLoop.clientLimit ? tasks.removeFirst().task : nil
      }
      oldest?.cancel()
    }

    private func remove(_ number: Int) {
      tasks.withLock { tasks in tasks.removeAll { $0.number == number } }
    }

    func cancelAll() {
      for entry in tasks.withLock({ $0 }) { entry.task.cancel() }
    }
  }

  private func acceptClients(_ listener: AsyncSocket) async {
    let clients = Clients(executor)
    defer { clients.cancelAll() }
    var number = 0
    while !Task.isCancelled {
      let client: AsyncSocket
      do {
        client = try await listener.accept()
      } catch is CancellationError {
        return
      } catch {
        // A client that left already, or no descriptor is free: there will be.
        try? await Task.sleep(for: .milliseconds(50))
        continue
      }
      client.socket.closeOnExec()
      number += 1
      clients.start(number) {
        await serve(client)
        try? client.close()
      }
    }
  }

  // MARK: One client

  private func serve(_ client: AsyncSocket) async {
    do {
      let request = try await within(requestTime) { try await Self.readRequest(client) }
      let response = HTTPAnswer(to: request, page: page)
      let bytes = Data(response.bytes)
      try await within(Self.responseTime) { try await client.write(bytes) }
      shutdown(client.socket.file.rawValue, Int32(SHUT_WR))
      try await within(Self.restTime) { try await Self.skipRest(client) }
    } catch {
      // The client left, or took too long.
    }
  }

  /// A request's head, or as much of it as is read at most.
  private static func readRequest(_ client: AsyncSocket) async throws -> RequestHead {
    var head = RequestHead()
    while head.bytes.count < requestLimit, !head.isComplete {
      head.append(try await client.read(atMost: 4096))
    }
    return head
  }

  private static func skipRest(_ client: AsyncSocket) async throws {
    var count = 0
    while count < restLimit { count += try await client.read(atMost: 4096).count }
  }

  /// Does something that is cancelled where it takes too long.
  private func within<Result: Sendable>(
    _ time: Duration, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(for: time)
        throw CancellationError()
      }
      defer { group.cancelAll() }
      guard let result = try await group.next() else { throw CancellationError() }
      return result
    }
  }
}
