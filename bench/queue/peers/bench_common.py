# SPDX-License-Identifier: MIT
"""Shared by the Python peers: event records, the job's work, pacing."""
import os
import struct
import sys
import time

E = os.environ.get
N = int(E('BENCH_N', '20000'))
RATE = float(E('BENCH_RATE', '200'))
SECS = float(E('BENCH_SECS', '10'))
URL = E('BENCH_URL', '')
OUT = E('BENCH_OUT', '')
SOCK = E('BENCH_SOCK', '')
PORT = E('BENCH_PORT', '')
TCP = E('BENCH_TRANSPORT', 'unix') == 'tcp'

_fd = None
_pid = None


def record(ident, t0):
    """One record (id, t0, t1: three doubles): a single O_APPEND write."""
    global _fd, _pid
    if _pid != os.getpid():
        _fd = os.open(E('BENCH_EVENTS'), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        _pid = os.getpid()
    os.write(_fd, struct.pack('<ddd', ident, t0, time.monotonic_ns()))


_pool = None


def work(ident, url):
    if not url:
        return
    global _pool
    if _pool is None:
        import urllib3
        _pool = urllib3.PoolManager(maxsize=64)
    r = _pool.request('GET', url)
    if r.status != 200:
        raise RuntimeError('status %d' % r.status)
    with open(os.path.join(OUT, str(ident)), 'wb') as f:
        f.write(r.data)


def enqueued(start):
    print('{"n":%d,"enqueue_s":%.6f}' % (N, time.monotonic() - start), flush=True)


def produce(send):
    for i in range(20):
        send(10 ** 9 + i)
        time.sleep(0.01)
    time.sleep(0.5)
    start = time.monotonic()
    for i in range(int(RATE * SECS)):
        wait = start + i / RATE - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        send(i)


def main(enqueue, send):
    mode = sys.argv[1] if len(sys.argv) > 1 else ''
    if mode == 'enqueue':
        enqueue()
    elif mode == 'produce':
        produce(send)
    else:
        sys.exit('usage: enqueue|produce')
