import PagemapReport

/// Checks documents against the part of JSON Schema 2020-12 that the schemas here use. A keyword
/// that it does not know is an error, so that no rule of a schema goes unchecked.
struct SchemaValidator {
  private let root: JSONValue
  private static let annotations: Set<String> = [
    "$schema", "$id", "$defs", "title", "description",
  ]

  init(schema: JSONValue) { root = schema }

  /// What is wrong with the document, a line each: `/traces/0/path: expected string`.
  func errors(in document: JSONValue) -> [String] { check(document, root, "") }

  private func check(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
    guard case .object(let keywords) = schema else {
      return schema == .bool(true) ? [] : ["\(path): nothing is allowed here"]
    }
    return keywords.keys.sorted().flatMap { key in
      check(value, key, keywords[key] ?? .null, keywords, path)
    }
  }

  private func check(
    _ value: JSONValue, _ keyword: String, _ rule: JSONValue, _ schema: [String: JSONValue],
    _ path: String
  ) -> [String] {
    func unless(_ holds: Bool) -> [String] { holds ? [] : ["\(path): violates \(keyword)"] }
    switch (keyword, rule) {
    case (_, _) where Self.annotations.contains(keyword): return []
    case ("$ref", .string(let name)):
      guard let target = definition(name) else { return ["\(path): no \(name) in the schema"] }
      return check(value, target, path)
    case ("type", .string): return unless(isA(value, rule))
    case ("type", .array(let names)):
      return unless(names.contains { isA(value, $0) })
    case ("const", _): return unless(value == rule)
    case ("enum", .array(let values)): return unless(values.contains(value))
    case ("anyOf", .array(let schemas)):
      return unless(schemas.contains { check(value, $0, path).isEmpty })
    case ("minimum", _): return unless((number(value) ?? 0) >= (number(rule) ?? 0))
    case ("pattern", .string(let pattern)):
      guard case .string(let text) = value, let regex = try? Regex(pattern) else { return [] }
      return unless(text.contains(regex))
    case ("items", _):
      guard case .array(let values) = value else { return [] }
      return values.enumerated().flatMap { check($1, rule, "\(path)/\($0)") }
    case ("required", .array(let names)):
      guard case .object(let members) = value else { return [] }
      return names.compactMap { name in
        guard case .string(let name) = name, members[name] == nil else { return nil }
        return "\(path): \(name) is missing"
      }
    case ("properties", .object(let properties)):
      return value.keys.flatMap { key -> [String] in
        guard let member = value[key], let property = properties[key] else { return [] }
        return check(member, property, "\(path)/\(key)")
      }
    case ("additionalProperties", .bool(false)):
      let known = schema["properties"]?.keys ?? []
      return value.keys.filter { !known.contains($0) }.map { "\(path): \($0) is not allowed" }
    default: return ["\(path): the validator does not know \(keyword)"]
    }
  }

  private func definition(_ name: String) -> JSONValue? {
    guard name.hasPrefix("#/$defs/") else { return nil }
    return root["$defs"]?[String(name.dropFirst(8))]
  }

  private func isA(_ value: JSONValue, _ type: JSONValue) -> Bool {
    guard case .string(let name) = type else { return false }
    return switch (value, name) {
    case (.null, "null"), (.bool, "boolean"), (.string, "string"), (.array, "array"),
      (.object, "object"), (.signed, "integer"), (.unsigned, "integer"), (.signed, "number"),
      (.unsigned, "number"), (.double, "number"):
      true
    default: false
    }
  }

  private func number(_ value: JSONValue) -> Double? {
    switch value {
    case .signed(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }
}
