extension ProbeScript {
  /// The functions `record COMMAND...`, which sets status, and `release`, which may come at any time.
  static func recording(_ flavour: Flavour) -> String {
    switch flavour {
    case .sh: running + text
    case .traceCmd: running + traceCmd
    case .perf: perf
    }
  }

  private static let running = #"""
    # run COMMAND...: until it has ended, or without one until a signal comes
    run() {
      if [ $# -gt 0 ]; then
        "$@" <&3 3<&- 9<&- &
        child=$!
        await
      else
        say "recording to $out, Ctrl-C ends it"
        while [ "$stopped" = 0 ]; do sleep 1; done
      fi
    }


    """#

  private static let text = #"""
    # Where there is no instance of our own, the top one; it is given back as it was.
    buffer= reader= clock= size=
    prepare() {
      buffer=$instance
      if [ -z "$buffer" ]; then
        buffer=$tracing
        say "no instance of its own: this takes the top one"
        write "$buffer/tracing_on" 0
        clock=$(sed 's/.*\[\(.*\)\].*/\1/' "$buffer/trace_clock")
        read -r size rest < "$buffer/buffer_size_kb"
      fi
      write "$buffer/trace_clock" mono || say "no clock 'mono': the kernel's default is used"
      write "$buffer/buffer_size_kb" "$kib" || say "no buffers of $kib KiB: smaller ones are used"
      for event in $added $used; do
        write "$buffer/events/$event/enable" 1 || say "$event could not be enabled"
      done
    }

    record() {
      prepare
      cat "$buffer/trace_pipe" >> "$out" 3<&- 9<&- &
      reader=$!
      write "$buffer/tracing_on" 1
      run "$@"
      drain
    }

    # The pipe has no end, so a mark is the last that goes in: where it has come out all is written.
    # A pipe that nothing comes out of any more is given up.
    drain() {
      mark="end of recording $$"
      for event in $added $used; do write "$buffer/events/$event/enable" 0; done
      write "$buffer/trace_marker" "$mark"
      idle=0 before=
      until tail -c 200 "$out" | grep -q "$mark"; do
        kill -0 "$reader" 2> /dev/null || break
        pause
        now=$(wc -c < "$out")
        if [ "$now" = "$before" ]; then idle=$((idle + 1)); else idle=0; fi
        [ "$idle" -lt 50 ] || break
        before=$now
      done
      stop_reader
      if tail -c 200 "$out" | grep -q "$mark"; then return; fi
      say "$out could not be written to its end"
      status=70
    }

    stop_reader() {
      [ -n "$reader" ] || return 0
      kill -KILL "$reader" 2> /dev/null
      wait "$reader" 2> /dev/null
      reader=
    }

    release() {
      [ -n "$buffer" ] || return 0
      write "$buffer/tracing_on" 0
      for event in $added $used; do write "$buffer/events/$event/enable" 0; done
      stop_reader
      if [ "$buffer" = "$tracing" ]; then
        write "$buffer/trace_clock" "$clock"
        write "$buffer/buffer_size_kb" "$size"
        write "$buffer/tracing_on" 1
      fi
      buffer=
    }

    """#

  private static let traceCmd = #"""
    command -v trace-cmd > /dev/null || fail 3 "trace-cmd is not installed"
    recorder=

    # trace-cmd records until it is told to end: only so is COMMAND's status to be had.
    record() {
      events=
      for event in $added $used; do events="$events -e ${event%/*}:${event#*/}"; last=$event; done
      # shellcheck disable=SC2086
      trace-cmd record -q -C mono -b "$kib" -o "$out" $events 3<&- 9<&- > /dev/null 2> "$out.log" &
      recorder=$!
      until [ "$(cat "$tracing/events/$last/enable")$(cat "$tracing/tracing_on")" = 11 ]; do
        kill -0 "$recorder" 2> /dev/null || break
        pause
      done
      if kill -0 "$recorder" 2> /dev/null; then run "$@"; fi
      stop_recorder || { cat "$out.log" >&2; say "trace-cmd failed"; status=3; }
      rm -f "$out.log"
    }

    stop_recorder() {
      [ -n "$recorder" ] || return 0
      kill -INT "$recorder" 2> /dev/null
      while :; do
        wait "$recorder"
        ended=$?
        kill -0 "$recorder" 2> /dev/null || break
      done
      recorder=
      [ "$ended" = 0 ]
    }

    release() { stop_recorder; }

    """#

  private static let perf = #"""
    command -v perf > /dev/null || fail 3 "perf is not installed"

    # perf starts COMMAND itself, when it is ready, and ends with its status.
    record() {
      events=
      for event in $added $used; do events="$events -e ${event%/*}:${event#*/}"; done
      [ $# -eq 0 ] || set -- -- sh -c 'exec "$@"' sh "$@"
      [ $# -gt 0 ] || say "recording to $out, Ctrl-C ends it"
      # shellcheck disable=SC2086
      perf record -q -a --clockid mono -m "${kib}K" -o "$out.perf" $events "$@" <&3 3<&- 9<&- &
      child=$!
      await
      [ $# -gt 0 ] || [ "$stopped" = 0 ] || status=0
      convert || { say "perf recorded nothing that perf script can print"; status=3; }
      rm -f "$out.perf" "$out.perf.old"
    }

    # What perf script prints, as ftrace prints it.
    convert() {
      [ -s "$out.perf" ] || return 1
      perf script -i "$out.perf" --ns --show-lost-events -F comm,tid,cpu,time,event,trace \
        2> "$out.log" |
        sed -n \
          -e 's/^.* \[\([0-9]*\)\] .*PERF_RECORD_LOST lost \([0-9]*\).*$/CPU:\1 [LOST \2 EVENTS]/p' \
          -e 's/^ *\(.*[^ ]\)  *\([0-9]*\) \(\[[0-9]*\]\)  *\([0-9]*\.[0-9]*:\)  *[^ :]*:\([^ :]*\): */  \1-\2 \3 \4 \5: /p' \
          > "$out"
      rm -f "$out.log"
    }

    release() { rm -f "$out.perf" "$out.perf.old" "$out.log"; }

    """#
}
