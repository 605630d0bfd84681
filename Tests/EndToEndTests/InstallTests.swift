import Foundation
import Testing

/// `make install` puts everything in its place, and `make uninstall` takes it away.
@Suite struct InstallTests {
  private static let root = Recordings.fixtures.deletingLastPathComponent().path

  private func make(_ target: String, in scratch: Scratch) throws -> Command.Result {
    try Command.shell(
      "make -s -C \(Self.root) \(target) BINARY=$PMTRACE DESTDIR=$PWD/root PREFIX=/opt/pm",
      in: scratch.folder)
  }

  @Test func installsAndUninstalls() throws {
    let tools = try Command.shell(
      "command -v make && command -v python3 && command -v install", in: URL(filePath: "/"))
    guard tools.output.split(separator: "\n").count == 3 else {
      return print("skipped: make, python3 or install is not there")
    }
    let scratch = try Scratch()
    let run = try make("install", in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    let share = scratch.folder.appending(path: "root/opt/pm/share")
    let installed = try Command.shell("root/opt/pm/bin/pmtrace --version", in: scratch.folder)
    #expect(installed.output.hasPrefix("pmtrace "))
    for file in [
      "bash-completion/completions/pmtrace", "zsh/site-functions/_pmtrace",
      "fish/vendor_completions.d/pmtrace.fish",
    ] {
      let text = try String(contentsOf: share.appending(path: file), encoding: .utf8)
      for command in ["analyze", "diagnose", "record", "replay", "rules", "stream", "trim"] {
        #expect(text.contains(command), "\(file): \(command)")
      }
    }
    try checkPages(share.appending(path: "man/man1"))
    try checkSyntax(scratch)
    #expect(try make("uninstall", in: scratch).status == 0)
    let left = try Command.shell("find root -type f", in: scratch.folder)
    #expect(left.output.isEmpty)
  }

  private func checkPages(_ folder: URL) throws {
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(pages.contains("pmtrace.1") && pages.contains("pmtrace-trim.1"))
    for page in pages {
      let text = try String(contentsOf: folder.appending(path: page), encoding: .utf8)
      for heading in [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO",
      ] {
        #expect(text.contains("\n.SH \(heading)\n"), "\(page): \(heading)")
      }
      let lint = try Command.shell(
        "command -v man > /dev/null || exit 99; LC_ALL=C.UTF-8 MANROFFSEQ= "
          + "man --warnings -E UTF-8 -l -Tutf8 -Z '\(folder.path)/\(page)' > /dev/null",
        in: folder)
      if lint.status == 99 { print("skipped: no man to check \(page) with") }
      #expect(lint.status == 99 || lint.errors.isEmpty, "\(page): \(lint.errors)")
    }
  }

  private func checkSyntax(_ scratch: Scratch) throws {
    for (shell, file) in [
      ("bash", "bash-completion/completions/pmtrace"), ("zsh", "zsh/site-functions/_pmtrace"),
      ("fish", "fish/vendor_completions.d/pmtrace.fish"),
    ] {
      let run = try Command.shell(
        "command -v \(shell) > /dev/null || exit 99; \(shell) -n root/opt/pm/share/\(file)",
        in: scratch.folder)
      if run.status == 99 { print("skipped: no \(shell) to check its completions with") }
      #expect(run.status == 0 || run.status == 99, "\(shell): \(run.errors)")
    }
  }

  @Test func anotherProgramInPathIsWarnedOf() throws {
    let scratch = try Scratch()
    let line = """
      mkdir other && printf '#!/bin/sh\\n' > other/pmtrace && chmod +x other/pmtrace
      PATH=$PWD/other:$PATH DESTDIR=$PWD/root \(Self.root)/packaging/install $PMTRACE
      """
    let run = try Command.shell(line, in: scratch.folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("warning: another pmtrace comes first in PATH: "))
  }
}
