/// Runs the tasks of one simulated kernel on the calling thread, and only when it is asked to.
///
/// A simulated task is written as the kernel's code is, top to bottom, and suspends wherever another
/// CPU may get ahead of it. Nothing runs behind the scheduler's back, so a seed repeats exactly.
final class StepExecutor: TaskExecutor, @unchecked Sendable {
  private var jobs: [UnownedJob] = []

  func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

  /// Runs what can run until every task is suspended or done.
  func drain() {
    while let job = jobs.popLast() { job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}

/// The simulation is over: thrown into every task that is still suspended.
struct SimulationEnded: Error {}

/// A thread of the simulated kernel.
final class KernelTask: @unchecked Sendable {
  let pid: Int32
  /// Where it runs; it moves now and then.
  var cpu: Int
  /// Whether it is between an event's stamp and its sample, where nothing else runs on its CPU.
  var isInProbe = false
  /// Not before this time.
  var wakeTime: UInt64 = 0
  /// What it waits for: something that another task has to do.
  fileprivate(set) var condition: (() -> Bool)?
  fileprivate(set) var continuation: UnsafeContinuation<Void, any Error>?

  init(pid: Int32, cpu: Int) {
    self.pid = pid
    self.cpu = cpu
  }
}

/// Picks which task goes on, and lets time go by.
final class Scheduler: @unchecked Sendable {
  /// In nanoseconds.
  var now: UInt64 = 20_000_000_000
  private(set) var steps = 0
  /// The only task that runs, while it is set.
  var exclusive: KernelTask?
  /// How often, in 100 steps, the task that ran goes on running.
  var burst = 50
  /// The longest time that a step takes.
  var tick: UInt64 = 900
  let cpus: Int
  private let executor = StepExecutor()
  private var random: ScenarioRandom
  private var ready: [KernelTask] = []
  private var sleeping: [KernelTask] = []
  private var last: KernelTask?
  private var probing: [KernelTask?]
  private var isOver = false
  private var nextPID: Int32 = 100
  /// Tasks that were started and have not ended.
  private(set) var living = 0

  init(random: ScenarioRandom, cpus: Int) {
    self.random = random
    self.cpus = cpus
    probing = Array(repeating: nil, count: cpus)
  }

  /// Starts a task; it runs when it is picked.
  func spawn(_ body: @escaping @Sendable (KernelTask) async throws -> Void) {
    let task = KernelTask(pid: nextPID, cpu: random.below(cpus))
    nextPID += 1
    living += 1
    Task(executorPreference: executor) {
      do {
        try await self.step(task)
        try await body(task)
      } catch {}
      self.living -= 1
    }
    executor.drain()
  }

  /// A place where other tasks may run.
  func step(_ task: KernelTask) async throws {
    if isOver { throw SimulationEnded() }
    if !task.isInProbe, cpus > 1, random.below(100) == 0 { task.cpu = random.below(cpus) }
    try await withUnsafeThrowingContinuation { continuation in
      task.continuation = continuation
      if task.isInProbe { probing[task.cpu] = task }
      if task.wakeTime > now { sleeping.append(task) } else { ready.append(task) }
    }
    task.condition = nil
  }

  /// Waits until something holds.
  func wait(_ task: KernelTask, until isTrue: @escaping () -> Bool) async throws {
    guard !isTrue() else { return }
    task.condition = isTrue
    try await step(task)
  }

  /// Lets other tasks run for a while.
  func sleep(_ task: KernelTask, microseconds: UInt64) async throws {
    task.wakeTime = now + microseconds * 1000
    try await step(task)
  }

  /// What the tasks that are left wait for, as far as it can be told.
  var remains: String {
    (ready + sleeping).map { task in
      "\(task.pid) on CPU \(task.cpu)\(task.condition == nil ? "" : " blocked")\(task.isInProbe ? " in a probe" : "")"
    }.joined(separator: ", ")
  }

  /// Runs all tasks until they are done, blocked for good, or `limit` steps are over.
  ///
  /// - Returns: whether all of them ended.
  @discardableResult
  func run(limit: Int) -> Bool {
    while steps < limit {
      wakeSleepers()
      guard let task = pick() else {
        guard let next = sleeping.map(\.wakeTime).min() else { break }
        now = max(now, next)
        continue
      }
      steps += 1
      now += 1 + UInt64(random.below(Int(tick)))
      resume(task)
    }
    return living == 0
  }

  /// Ends every task that is left.
  func stop() {
    isOver = true
    for task in ready + sleeping {
      let continuation = task.continuation
      task.continuation = nil
      continuation?.resume(throwing: SimulationEnded())
      executor.drain()
    }
    ready = []
    sleeping = []
  }

  private func resume(_ task: KernelTask) {
    last = task
    let continuation = task.continuation
    task.continuation = nil
    continuation?.resume()
    executor.drain()
  }

  private func wakeSleepers() {
    guard !sleeping.isEmpty else { return }
    for place in sleeping.indices.reversed() where sleeping[place].wakeTime <= now {
      ready.append(sleeping.remove(at: place))
    }
  }

  private func pick() -> KernelTask? {
    guard !ready.isEmpty else { return nil }
    if let exclusive, let place = ready.firstIndex(where: { $0 === exclusive }) {
      probing[exclusive.cpu] = nil
      return ready.remove(at: place)
    }
    var place = random.below(ready.count)
    if let last, random.below(100) < burst, let same = ready.firstIndex(where: { $0 === last }) {
      place = same
    }
    guard let found = runnable(from: place) else { return nil }
    place = found
    // A probe is not preempted.
    if let other = probing[ready[place].cpu] {
      place = ready.firstIndex { $0 === other } ?? place
      probing[other.cpu] = nil
    }
    let task = ready[place]
    ready.swapAt(place, ready.count - 1)
    ready.removeLast()
    return task
  }

  /// The first task at or behind `place` that waits for nothing.
  private func runnable(from place: Int) -> Int? {
    for offset in ready.indices {
      let candidate = (place + offset) % ready.count
      if ready[candidate].condition?() ?? true { return candidate }
    }
    return nil
  }
}
