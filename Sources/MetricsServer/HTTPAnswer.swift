/// The answer to one request (RFC 9112). Each connection carries one.
struct HTTPAnswer {
  private let status: String
  private let contentType: String
  private let body: [UInt8]
  private let hasBody: Bool
  private let further: String

  /// The media type of metrics: text exposition format 0.0.4.
  static let metricsType = "text/plain; version=0.0.4; charset=utf-8"

  private static let index = """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><title>pmtrace</title></head>
    <body><h1>pmtrace</h1><p><a href="/metrics">Metrics</a></p></body></html>

    """

  /// The answer to a request, which may be none at all.
  init(to request: RequestHead, page: () -> [UInt8]) {
    guard request.isComplete else {
      self.init("431 Request Header Fields Too Large", text: "The request is too long.\n")
      return
    }
    guard let line = RequestLine(request.bytes) else {
      self.init("400 Bad Request", text: "This is no HTTP request.\n")
      return
    }
    guard line.isKnownVersion else {
      self.init("505 HTTP Version Not Supported", text: "HTTP/1.1 is spoken here.\n")
      return
    }
    let isHead = line.method == "HEAD"
    guard isHead || line.method == "GET" else {
      self.init("405 Method Not Allowed", text: "GET only.\n", further: "Allow: GET, HEAD\r\n")
      return
    }
    switch line.path {
    case "/metrics": self.init("200 OK", Self.metricsType, page(), hasBody: !isHead)
    case "/":
      self.init("200 OK", "text/html; charset=utf-8", Array(Self.index.utf8), hasBody: !isHead)
    default: self.init("404 Not Found", text: "There is /metrics.\n", hasBody: !isHead)
    }
  }

  private init(_ status: String, text: String, hasBody: Bool = true, further: String = "") {
    self.init(
      status, "text/plain; charset=utf-8", Array(text.utf8), hasBody: hasBody, further: further)
  }

  private init(
    _ status: String, _ contentType: String, _ body: [UInt8], hasBody: Bool, further: String = ""
  ) {
    self.status = status
    self.contentType = contentType
    self.body = body
    self.hasBody = hasBody
    self.further = further
  }

  /// The answer as it is sent.
  var bytes: [UInt8] {
    let head =
      "HTTP/1.1 \(status)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
      + "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
      + "\(further)Connection: close\r\n\r\n"
    return Array(head.utf8) + (hasBody ? body : [])
  }
}

/// The bytes of a request as they come in, up to the empty line behind its head.
struct RequestHead: Sendable {
  private(set) var bytes: [UInt8] = []
  /// Whether the empty line is there.
  private(set) var isComplete = false
  private var hasText = false
  private var isLineEmpty = true

  mutating func append(_ more: [UInt8]) {
    bytes += more
    for byte in more where byte != UInt8(ascii: "\r") {
      if byte != UInt8(ascii: "\n") {
        (hasText, isLineEmpty) = (true, false)
      } else {
        // Empty lines ahead of a request are passed over.
        if isLineEmpty, hasText { isComplete = true }
        isLineEmpty = true
      }
    }
  }
}

/// The first line of a request: `GET /metrics?a=b HTTP/1.1`.
private struct RequestLine {
  let method: String
  let path: String
  let isKnownVersion: Bool

  init?(_ request: [UInt8]) {
    let breaks: Set<UInt8> = [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    let line = request.drop { breaks.contains($0) }.prefix { !breaks.contains($0) }
    let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard words.count == 3, words[2].hasPrefix("HTTP/"), !words[0].isEmpty else { return nil }
    method = words[0]
    isKnownVersion = words[2].hasPrefix("HTTP/1.")
    var target = Substring(words[1])
    // A proxy gets the whole address.
    if target.lowercased().hasPrefix("http://") {
      let rest = target.dropFirst(7)
      target = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    guard target.first == "/" else { return nil }
    path = String(target.prefix { $0 != "?" })
  }
}
