import TestSupport
import Testing

/// Legal stories whose events the stamps order loosely: equal stamps, and the local clock, which differs
/// between CPUs. Any rule might fire on them.
@Suite struct ClockOrderTests: LegalCases {
  @Test(arguments: proofs) func isLegal(proof: Proof) throws { try proof.check() }

  static let lookAlikes: [LookAlike] = [
    LookAlike("two tasks do the same on two CPUs with equal stamps") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.tick = 0
      let one = kernel.vmCreate(gpu)
      kernel.now += 10
      kernel.cpu = 1
      kernel.pid = 101
      let two = kernel.vmCreate(gpu, mm: 0xff10_0000_6000_1000)
      kernel.now += 10
      for round in 0..<3 {
        let first = kernel.migrateToDevmem(two, at: 0x7f00_0000_0000)
        kernel.on(cpu: 0, pid: 100) { kernel in
          let second = kernel.migrateToDevmem(one, at: 0x7f00_0000_0000)
          kernel.freeFolios(second)
        }
        kernel.freeFolios(first)
        kernel.now += round == 1 ? 0 : 10
      }
      kernel.vmClose(two)
      kernel.on(cpu: 0, pid: 100) { $0.vmClose(one) }
    },
    LookAlike("the local clock, with one task on one CPU") { kernel in
      kernel.clock = "local"
      twoTasks(&kernel, skew: 0)
    },
    LookAlike("the local clock, the second CPU 300 us ahead") { kernel in
      kernel.clock = "local"
      twoTasks(&kernel, skew: 300_000)
    },
    LookAlike("the local clock, the second CPU 20 ms behind") { kernel in
      kernel.clock = "local"
      twoTasks(&kernel, skew: -20_000_000)
    },
    LookAlike("the local clock, a worker's CPU 5 ms behind") { kernel in
      kernel.clock = "local"
      let gpu = kernel.bind("gpu")
      kernel.wait(milliseconds: 10)
      for _ in 0..<3 {
        let vm = kernel.vmCreate(gpu)
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        kernel.at(kernel.now - 5_000_000) { kernel in
          kernel.on(cpu: 1, pid: 9) { $0.evict(allocation) }
        }
        kernel.vmClose(vm)
        let shrunk = kernel.shrink(gpu)
        kernel.at(kernel.now - 5_000_000) { kernel in
          kernel.on(cpu: 1, pid: 9) { kernel in shrunk.map { kernel.destroyWork($0) } }
        }
        kernel.wait(milliseconds: 20)
      }
    },
  ]

  /// Two tasks, each on its CPU, whose VMs share a pagemap; the second CPU's clock is off.
  private static func twoTasks(_ kernel: inout PagemapScenario, skew: Int64) {
    let gpu = kernel.bind("gpu")
    kernel.wait(milliseconds: 50)
    for turn in 0..<4 {
      let one = kernel.vmCreate(gpu)
      let here = kernel.migrateToDevmem(one, at: 0x7f00_0000_0000)
      kernel.at(kernel.now &+ UInt64(bitPattern: skew)) { kernel in
        kernel.on(cpu: 1, pid: 101) { kernel in
          let two = kernel.vmCreate(gpu, mm: 0xff10_0000_6000_1000)
          let there = kernel.migrateToDevmem(two, at: 0x7f00_0000_0000)
          if turn % 2 == 0 { kernel.fault(there) } else { kernel.evict(there) }
          kernel.vmClose(two)
        }
      }
      kernel.wait(milliseconds: 1)
      kernel.exitMmap(one.mm) { $0.freeFolios(here) }
      kernel.vmClose(one)
      kernel.wait(milliseconds: turn == 2 ? 150 : 5)
    }
  }
}
