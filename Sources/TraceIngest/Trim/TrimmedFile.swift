import Glibc

/// A file in the making: written beside its target, it takes its place when it is whole.
final class TrimmedFile {
  /// What was named by the user.
  private let path: String
  private let target: String
  private let temporary: String
  private let descriptor: Int32
  private var isDone = false
  /// What went wrong first, as errno; nothing is written after it.
  private var problem: Int32 = 0
  /// How many bytes the file has.
  private(set) var size: UInt64 = 0

  /// Creates the temporary file.
  ///
  /// - Throws: `RecordingError` where the target is something else than a regular file, or the file
  ///   cannot be created.
  init(path: String) throws(RecordingError) {
    self.path = path
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT != S_IFREG {
      let reason = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ESPIPE
      throw RecordingError(path: path, errno: reason, action: "no recording can be put there")
    }
    target = exists ? Self.resolved(path) : path
    temporary = "\(target).\(getpid()).tmp"
    descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw RecordingError(path: path, errno: errno, action: "the recording cannot be created")
    }
  }

  deinit {
    if !isDone {
      close(descriptor)
      unlink(temporary)
    }
  }

  /// The file behind symbolic links, so that a link to a recording stays one.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// Appends bytes. That they could not be written is told by `commit()`.
  func append(_ bytes: some Collection<UInt8>) {
    let all = Array(bytes)
    write(all, at: size)
    size += UInt64(all.count)
  }

  /// Replaces bytes that were appended.
  func patch(_ bytes: [UInt8], at place: UInt64) { write(bytes, at: place) }

  /// Gives the file its name.
  ///
  /// - Throws: `RecordingError` where anything could not be written; nothing is left then.
  func commit() throws(RecordingError) {
    isDone = true
    if close(descriptor) != 0, problem == 0 { problem = errno }
    if problem == 0, rename(temporary, target) != 0 { problem = errno }
    guard problem != 0 else { return }
    unlink(temporary)
    throw RecordingError(path: path, errno: problem, action: "the recording cannot be written")
  }

  private func write(_ bytes: [UInt8], at place: UInt64) {
    guard problem == 0 else { return }
    problem = RecordingWriter.write(bytes, to: descriptor, at: place)
  }
}
