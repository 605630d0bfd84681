import Foundation
import TestSupport
import Testing

@testable import PagemapModel

/// Rooms and objects stay small, and what the count of references and the folios touch stays in a cache
/// line.
@Suite struct SizeTests {
  /// A stored property of a type, as its declaration has it.
  private struct Structure {
    var name: String
    var stored: [String]
    var isObject: Bool
  }

  /// The rooms hold at most twelve stored properties, the mirror holds rooms and little else.
  @Test func roomsAreSmall() throws {
    let rooms = Mirror(reflecting: KernelMirror.blank).children.compactMap { child in
      child.value is any Room ? (child.label ?? "", child.value) : nil
    }
    #expect(rooms.count >= 14)
    for (name, room) in rooms {
      let properties = Mirror(reflecting: room).children.count
      #expect(properties <= 12, "\(name) has \(properties) stored properties")
    }
  }

  /// Objects hold at most twenty stored properties.
  @Test func objectsAreSmall() throws {
    let structures = try Self.structures()
    let objects = structures.filter {
      $0.isObject || ["OwnerGroup", "TaskState"].contains($0.name)
    }
    #expect(objects.count >= 18)
    for object in objects {
      #expect(
        object.stored.count <= 20, "\(object.name) has \(object.stored.count) stored properties")
    }
    for structure in structures where structure.name.hasSuffix("Room") {
      #expect(structure.stored.count <= 12, "\(structure.name) has \(structure.stored)")
    }
  }

  /// What every event of a folio or a count reads or writes: a slot and a run of folios, a sample.
  @Test func hotPartsFitACacheLine() {
    #expect(MemoryLayout<FolioSlot>.stride <= 16)
    #expect(MemoryLayout<DeviceFolio>.stride <= 64)
    #expect(MemoryLayout<DeviceAllocation.Folios>.stride <= 128)
    #expect(MemoryLayout<StepRow>.stride <= 64)
  }

  /// The structures of the model with their stored properties, by a scan of the sources: the lines of a
  /// body's own depth that declare a `var` or `let` without a body.
  private static func structures() throws -> [Structure] {
    let folder = RepositoryFiles.url("Sources/PagemapModel")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    var found: [Structure] = []
    for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      var current: Structure?
      for line in lines {
        if let match = line.firstMatch(of: /^(?:package )?struct (\w+)(.*)\{$/) {
          current = Structure(
            name: String(match.1), stored: [], isObject: match.2.contains("MachineObject"))
        } else if line == "}" {
          if let current { found.append(current) }
          current = nil
        } else if let match = line.firstMatch(
          of:
            /^  (?:package |private |fileprivate )?(?:private\(set\) |internal\(set\) )?(?:var|let) (\w+)/
        ),
          !line.hasSuffix("{"), !line.contains(/\{.*\}$/)
        {
          current?.stored.append(String(match.1))
        }
      }
    }
    return found
  }
}
