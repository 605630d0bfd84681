import Testing

@testable import MetricsServer
