import Foundation
import PagemapAnalysis
import PagemapReport
import PagemapRules
import TestSupport
import TraceIngest

/// Moments of the repository's recordings, as `pmtrace replay` shows them.
enum ReplaySamples {
  /// One call of the command.
  struct Call: Sendable {
    /// The recording's name, and what sets the call apart.
    var recording: String
    var name: String
    var request = ReplayRequest()

    init(_ recording: String, _ name: String, _ change: (inout ReplayRequest) -> Void = { _ in }) {
      self.recording = recording
      self.name = name
      change(&request)
    }

    /// The name of its golden file.
    var golden: String { "replay-\(recording)-\(name)" }
  }

  static let calls = [
    Call("clean", "40") { $0.moment = .event(40) },
    Call("clean", "end"),
    Call("d_leak_pagemap", "finding") { $0.moment = .finding(1) },
    Call("d_leak_pagemap", "object") { $0.object = 0xff36_ccee_44c2_8298 },
    Call("p2p", "60") { $0.moment = .event(60) },
    Call("p2p", "300") { $0.moment = .event(300) },
    Call("p2p", "range") {
      $0.moment = .event(60)
      $0.range = 0x7f11_09c0_0000..<0x7f11_09c0_8000
    },
    Call("evict", "time") { $0.moment = ReplayTime("+0.45").map { .time($0) } ?? .end },
    Call("evict", "300") { $0.moment = .event(300) },
    Call("fork", "150") { $0.moment = .event(150) },
    Call("cache_revive", "end"),
  ]

  /// The state that a call shows.
  static func state(of call: Call, onPassage: @escaping (ReplayPassage) -> Bool = { _ in true })
    throws -> ReplayState
  {
    let path = RepositoryFiles.url("fixtures/recordings/\(call.recording).dat").path
    return try Replayer.replay(
      TraceOpener.open(path: path), path: "\(call.recording).dat", request: call.request,
      onPassage: onPassage)
  }

  /// What a call passes on its way.
  static func passages(of call: Call) throws -> [ReplayPassage] {
    var call = call
    call.request.follow = true
    var passages: [ReplayPassage] = []
    _ = try state(of: call) { passage in
      passages.append(passage)
      return true
    }
    return passages
  }
}
