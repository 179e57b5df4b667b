-- What the benchmark reads: calls, microseconds, calls that failed, and the latencies in microseconds.
done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('measured %d %d %d %d %d\n', summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end
