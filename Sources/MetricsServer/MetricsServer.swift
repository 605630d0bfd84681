/// Serves metrics.
package enum MetricsServer {}
