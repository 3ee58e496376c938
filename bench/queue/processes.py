# SPDX-License-Identifier: MIT
"""Processes of the benchmark: what they used, and their end. Only those that were started here are ever ended."""
import ctypes
import glob
import os
import signal
import subprocess

TICK = os.sysconf('SC_CLK_TCK')
_libc = ctypes.CDLL(None)


def with_parent():
    """In each child: die with the driver, however that ends (PR_SET_PDEATHSIG)."""
    _libc.prctl(1, signal.SIGKILL)


def children(pid):
    out = []
    for p in glob.glob('/proc/%d/task/*/children' % pid):
        try:
            with open(p) as f:
                out += [int(x) for x in f.read().split()]
        except OSError:
            pass
    return out


def tree(pid):
    todo, seen = [pid], []
    while todo:
        p = todo.pop()
        if p not in seen:
            seen.append(p)
            todo += children(p)
    return seen


def cpu_ticks(pid, waited=False):
    try:
        with open('/proc/%d/stat' % pid) as f:
            v = f.read().rsplit(')', 1)[1].split()
    except OSError:
        return 0
    return int(v[11]) + int(v[12]) + (int(v[13]) + int(v[14]) if waited else 0)


def tree_cpu(pid):
    return sum(cpu_ticks(p, True) for p in tree(pid)) / TICK


def rss_kb(pid, field='VmRSS'):
    try:
        with open('/proc/%d/status' % pid) as f:
            for line in f:
                if line.startswith(field + ':'):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def tree_rss_mb(pid):
    return sum(rss_kb(p) for p in tree(pid)) / 1024


def busy_s():
    """CPU seconds that the whole machine was busy, without steal."""
    with open('/proc/stat') as f:
        v = [int(x) for x in f.readline().split()[1:8]]
    return (sum(v) - v[3] - v[4]) / TICK


def end(proc, sig=signal.SIGKILL):
    """Ends a process we started, its group, and what is left of its tree."""
    if proc is None:
        return
    pids = tree(proc.pid) if proc.poll() is None else []
    try:
        os.killpg(proc.pid, sig)
    except (ProcessLookupError, PermissionError):
        pass
    for p in pids[1:]:
        try:
            os.kill(p, sig)
        except ProcessLookupError:
            pass
    try:
        proc.wait(5)
    except subprocess.TimeoutExpired:
        proc.kill()
        proc.wait()
