import Dispatch

/// Runs the server's work on a queue of its own, so that it is served in time however busy the rest of
/// the program keeps the concurrency pool.
final class QueueExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "metrics", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
