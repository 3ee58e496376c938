# SPDX-License-Identifier: MIT
"""What connections cost that do nothing: the daemon's resident memory with so many of them, fresh and after one request each; those that
an answer ended are opened again, so that as many are idle then."""
import os
import socket

import frames

SPARE = 100
AT_ONCE = 200


def descriptors(pid):
    return len(os.listdir('/proc/%d/fd' % pid))


def measure(rig, count):
    rig.open_door({'api.connections_max': count + SPARE, 'api.idle_timeout': '1h'})
    before_mb, before = rig.resident_mb(), descriptors(rig.worker.pid)
    sockets, kept = [], 0
    try:
        for _ in range(count):
            sockets.append(socket.create_connection(('127.0.0.1', rig.door_port)))
        rig.until('all are accepted', lambda: descriptors(rig.worker.pid) >= before + count)
        fresh_mb = rig.resident_mb()
        for at in range(0, count, AT_ONCE):
            some = sockets[at:at + AT_ONCE]
            for n, s in enumerate(some):
                s.sendall(frames.get(rig.host, rig.accounts[0], 'pack-%d' % (n % 100)))
            for n, s in enumerate(some):
                head = s.recv(65536)
                if not head.startswith(b'HTTP/1.1 200 '):
                    raise RuntimeError('an answer that is not right: %s' % head[:200])
                if b'Connection: close' in head:
                    s.close()
                    sockets[at + n] = socket.create_connection(('127.0.0.1', rig.door_port))
                else:
                    kept += 1
        rig.until('all are accepted again', lambda: descriptors(rig.worker.pid) == before + count)
        used_mb = rig.resident_mb()
        still = descriptors(rig.worker.pid) - before
    finally:
        for s in sockets:
            s.close()
    rig.close_door()
    return {'connections': still, 'before': before_mb, 'fresh': fresh_mb - before_mb, 'used': used_mb - before_mb, 'kept': kept}
