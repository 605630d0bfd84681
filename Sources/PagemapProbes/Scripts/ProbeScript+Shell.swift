extension ProbeScript {
  static func heading(_ title: String, _ flavour: Flavour) -> String {
    """
    #!/bin/sh
    # SPDX-License-Identifier: Apache-2.0
    # Records \(title) without pmtrace, for 'pmtrace analyze' elsewhere. Made by
    # 'pmtrace probes emit --as \(flavour.rawValue)'. Needs \(flavour.needs).
    # It adds probes to the kernel and removes those that it added, and only those.

    """
  }

  static func arguments(_ flavour: Flavour) -> String {
    """
    usage() {
      cat <<END
    usage: sh ${0##*/} [-o OUT] [-b KIB] [-- COMMAND...]
           sh ${0##*/} --clean

    Records while COMMAND runs, or until Ctrl-C, and writes OUT (\(flavour.output)).
      -b KIB   size of the buffer of each CPU (8192)
      --clean  remove what a killed run of this script has left behind
    Exits with COMMAND's status; 3 where tracing cannot be used, 64 for wrong usage, 70 where
    OUT cannot be written. TRACEFS names another place of tracefs than the usual ones.
    END
    }

    say() { echo "${0##*/}: $*" >&2; }
    fail() { code=$1; shift; say "$*"; exit "$code"; }

    out=\(flavour.output) kib=8192 clean=0
    while [ $# -gt 0 ]; do
      case $1 in
        -o|-b) [ $# -gt 1 ] || fail 64 "$1 needs a value"
          if [ "$1" = -o ]; then out=$2; else kib=$2; fi
          shift 2;;
        --clean) clean=1; shift;;
        -h|--help) usage; exit 0;;
        --) shift; break;;
        -*) usage >&2; exit 64;;
        *) break;;
      esac
    done
    case $kib in ''|*[!0-9]*) fail 64 "-b takes a number of KiB, not '$kib'";; esac

    """
  }

  static let tracefs = """
    # tracefs, where it is mounted and may be used; this script mounts nothing.
    tracing=
    for place in ${TRACEFS:-/sys/kernel/tracing /sys/kernel/debug/tracing}; do
      if [ -e "$place/trace_pipe" ]; then tracing=$place; break; fi
    done
    [ -n "$tracing" ] ||
      fail 3 "no tracefs to be seen: 'mount -t tracefs tracefs /sys/kernel/tracing' as root mounts it"
    [ -e "$tracing/dynamic_events" ] ||
      fail 3 "this kernel has no dynamic events: it was built without probes"
    [ -w "$tracing/dynamic_events" ] ||
      fail 3 "$tracing may not be written: run this as root, or as a member of the group of tracefs"

    """

  static let probing = #"""
    added= used= refused=0 instance=

    # write FILE TEXT: one write, which the kernel takes or refuses
    write() { ( printf '%s\n' "$2" >> "$1" ) 2> /dev/null; }

    # event_of DEFINITION: sets event to GROUP/EVENT
    event_of() { event=${1%% *}; event=${event#*:}; }

    # as_kprobe DEFINITION: sets kprobe to the same for kernels without fprobes; fails for others
    as_kprobe() {
      case $1 in
        f:*%return*) kprobe=${1#f:}; kprobe="r:${kprobe%%\%return*}${kprobe#*%return}";;
        f:*) kprobe=p:${1#f:};;
        *) return 1;;
      esac
    }

    # probe DEFINITION...: an event that is there already is used as it is; else the first definition
    # that the kernel takes is added. The last field is pmtrace's mark of what it may remove.
    probe() {
      for definition; do
        event_of "$definition"
        if [ -d "$tracing/events/$event" ]; then used="$used $event"; return; fi
      done
      for definition; do
        event_of "$definition"
        if write "$tracing/dynamic_events" "$definition pmtrace=\\1:u8" || {
          as_kprobe "$definition" && write "$tracing/dynamic_events" "$kprobe pmtrace=\\1:u8"
        }; then
          added="$added $event"
          return
        fi
      done
      refused=$((refused + 1))
      event_of "$1"
      say "this kernel refuses $event"
    }

    pause() { sleep 0.1 2> /dev/null || sleep 1; }

    # remove_instance DIRECTORY: as soon as nobody has one of its files open
    remove_instance() {
      exec 9<&-
      tries=0
      until rmdir "$1" 2> /dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 50 ] || { say "$1 could not be removed"; return 1; }
        pause
      done
    }

    # Other recordings on this machine keep off while probes are added and removed, and see by the
    # lock on our instance that we live. Where there is no flock they may take us for dead.
    lock() {
      command -v flock > /dev/null && [ -d "$tracing/instances" ] || return 0
      exec 8< "$tracing/instances"
      flock 8
    }

    unlock() { exec 8<&-; }

    # An instance of our own, where there can be one.
    claim() {
      instance=$tracing/instances/pmtrace-script-$$
      mkdir "$instance" 2> /dev/null || { instance=; return; }
      write "$instance/tracing_on" 0
      exec 9< "$instance"
      if command -v flock > /dev/null; then flock -n 9; fi
    }

    remove_probes() {
      for event in $added; do
        write "$tracing/dynamic_events" "-:$event" || say "$event could not be removed"
      done
      added=
    }

    # stop_readers INSTANCE: ends those who still wait at the pipe of a recording that was killed
    stop_readers() {
      for place in /proc/[0-9]*/fd/*; do
        case $(readlink "$place" 2> /dev/null) in
          "$1"/trace_pipe) place=${place#/proc/}; kill -KILL "${place%%/*}";;
        esac
      done
    }

    # What a run that was killed has left: its instance, and probes with the mark, unless one runs.
    clean_up() {
      for left in "$tracing"/instances/pmtrace-script-*; do
        [ -d "$left" ] || continue
        kill -0 "${left##*-}" 2> /dev/null && continue
        stop_readers "$left"
        remove_instance "$left" && say "removed $left"
      done
      for left in "$tracing"/instances/pmtrace-*; do
        [ ! -d "$left" ] || fail 3 "$left is there: a recording runs, its probes stay"
      done
      while read -r definition; do
        case $definition in *'pmtrace=\1:u8') event_of "$definition"; added="$added $event";; esac
      done < "$tracing/dynamic_events"
      remove_probes
    }

    """#

  static let main = #"""
    # Signals end the recording; what is left to do then is done without being disturbed.
    child= status=0 stopped=0 woken=0
    end() { stopped=1; woken=1; [ -z "$child" ] || kill -TERM "$child" 2> /dev/null; }
    trap end INT TERM HUP

    # await: until the child has ended, whatever signals come; sets status
    await() {
      while :; do
        woken=0
        wait "$child"
        ended=$?
        [ "$ended" = 127 ] && [ "$status" != 0 ] || status=$ended
        [ "$woken" = 1 ] || break
      done
      child=
    }

    finish() {
      trap '' INT TERM HUP
      release
      lock
      remove_probes
      unlock
      [ -z "$instance" ] || remove_instance "$instance"
    }

    if [ "$clean" = 1 ]; then lock; clean_up; exit 0; fi
    ( : > "$out" ) 2> /dev/null && [ -f "$out" ] || fail 70 "$out cannot be written as a file"
    exec 3<&0
    trap finish EXIT
    lock
    claim
    add_probes
    unlock
    [ -n "$added$used" ] ||
      fail 3 "this kernel takes none of the probes: are the modules loaded that they are for?"
    say "probes: $(set -- $added; echo $#) added, $(set -- $used; echo $#) there already," \
      "$refused refused"
    if [ "$stopped" = 0 ]; then record "$@"; elif [ $# -gt 0 ]; then status=143; fi
    exit "$status"

    """#
}

extension ProbeScript.Flavour {
  /// What must be there where the script runs, in words for its first lines.
  var needs: String {
    switch self {
    case .sh: "a POSIX shell and tracefs, and the right to write there"
    case .traceCmd: "a POSIX shell, tracefs and trace-cmd"
    case .perf: "a POSIX shell, tracefs, perf and sed"
    }
  }

  /// What the recording is called where nobody says.
  var output: String { self == .traceCmd ? "trace.dat" : "trace.txt" }
}
