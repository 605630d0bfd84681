/// The kernel's error numbers by name, those of every architecture that the generic header serves.
package enum Errno {
  private static let names: [Int64: String] = [
    1: "EPERM", 2: "ENOENT", 3: "ESRCH", 4: "EINTR", 5: "EIO", 6: "ENXIO", 7: "E2BIG",
    9: "EBADF", 10: "ECHILD", 11: "EAGAIN", 12: "ENOMEM", 13: "EACCES", 14: "EFAULT",
    16: "EBUSY", 17: "EEXIST", 18: "EXDEV", 19: "ENODEV", 20: "ENOTDIR", 22: "EINVAL",
    23: "ENFILE", 24: "EMFILE", 27: "EFBIG", 28: "ENOSPC", 29: "ESPIPE", 30: "EROFS",
    33: "EDOM", 34: "ERANGE", 35: "EDEADLK", 38: "ENOSYS", 61: "ENODATA", 62: "ETIME",
    71: "EPROTO", 75: "EOVERFLOW", 84: "EILSEQ", 85: "ERESTART", 95: "EOPNOTSUPP",
    103: "ECONNABORTED", 105: "ENOBUFS", 108: "ESHUTDOWN", 110: "ETIMEDOUT", 114: "EALREADY",
    115: "EINPROGRESS", 116: "ESTALE", 121: "EREMOTEIO", 125: "ECANCELED", 131: "ENOTRECOVERABLE",
    133: "EHWPOISON", 512: "ERESTARTSYS", 513: "ERESTARTNOINTR", 517: "EPROBE_DEFER",
    524: "ENOTSUPP",
  ]

  /// The name of a positive error number: `ENOMEM`, or `errno 999` where it has none here.
  package static func name(_ number: Int64) -> String { names[number] ?? "errno \(number)" }
}
