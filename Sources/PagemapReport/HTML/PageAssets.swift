/// The page's own script and style, which are in the binary.
///
/// They are concatenated in the order of dependency. The page names their hashes in its policy, so
/// that a browser runs this script and no other.
enum PageAssets {
  /// The style sheets, joined.
  static let style: [UInt8] = PackageResources.page_css + PackageResources.timeline_css

  /// The script, one module.
  static let script: [UInt8] =
    PackageResources.data_js + PackageResources.rows_js + PackageResources.filter_js
    + PackageResources.draw_js + PackageResources.lanes_js + PackageResources.details_js
    + PackageResources.table_js + PackageResources.timeline_js + PackageResources.gestures_js
    + PackageResources.report_js

  /// What a browser may load and run: nothing but these two.
  static let policy =
    "default-src 'none'; script-src 'sha256-\(base64(SHA256.digest(script)))'; "
    + "style-src 'sha256-\(base64(SHA256.digest(style)))'; img-src data:; base-uri 'none'; "
    + "form-action 'none'"

  /// Base64 with padding (RFC 4648), as a policy names hashes.
  static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for place in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[place..<min(place + 3, bytes.count)]
      let missing = 3 - group.count
      let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * missing)
      for digit in 0..<4 - missing { text.append(digits[value >> (18 - 6 * digit) & 63]) }
      text += String(repeating: "=", count: missing)
    }
    return text
  }
}
