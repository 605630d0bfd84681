import CTraceFS
import Glibc

/// The handle that libtracefs gives out for one instance; the only place that calls the library.
///
/// The instance's directory is always named in full, so the library never looks for a tracefs of
/// its own, which would mount one where none is.
final class TraceFSHandle {
  private let handle: OpaquePointer

  /// Opens the instance `name` below the tracing directory `directory`; nil where it is not there.
  ///
  /// `tracefs_instance_create` is not used to make it: it searches (and may mount) a tracefs, and
  /// it takes an instance that exists already for a new one when two runs start at once.
  init?(directory: String, instance name: String) {
    guard let handle = tracefs_instance_alloc(directory, name) else { return nil }
    self.handle = handle
  }

  deinit { tracefs_instance_free(handle) }

  /// Replaces the contents of one of the instance's files.
  ///
  /// - Returns: 0 or the error number.
  func write(_ file: String, _ text: String) -> Int32 {
    answer(ofWriting: file) { tracefs_instance_file_write(handle, file, text) }
  }

  /// Adds to one of the instance's files.
  ///
  /// - Returns: 0 or the error number.
  func append(_ file: String, _ text: String) -> Int32 {
    answer(ofWriting: file) { tracefs_instance_file_append(handle, file, text) }
  }

  /// Sets the size of each CPU's buffer.
  ///
  /// - Returns: 0 or the error number.
  func setBufferSize(kibibytes: Int) -> Int32 {
    errno = 0
    return tracefs_instance_set_buffer_size(handle, kibibytes, -1) == 0 ? 0 : failure()
  }

  /// Opens one of the instance's files; -1 and `errno` where that fails.
  func open(_ file: String, flags: Int32) -> Int32 {
    tracefs_instance_file_open(handle, file, flags)
  }

  /// Removes the instance's directory.
  ///
  /// - Returns: 0 or the error number.
  func destroy() -> Int32 {
    errno = 0
    return tracefs_instance_destroy(handle) == 0 ? 0 : failure()
  }

  /// The library answers 0 bytes where the file is not there.
  private func answer(ofWriting file: String, _ call: () -> Int32) -> Int32 {
    guard tracefs_file_exists(handle, file) else { return ENOENT }
    errno = 0
    return call() >= 0 ? 0 : failure()
  }

  private func failure() -> Int32 { errno == 0 ? EIO : errno }
}
