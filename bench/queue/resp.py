# SPDX-License-Identifier: MIT
"""A Redis client of a few lines, so that nothing has to be installed for it."""
import socket


class Resp:
    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(path)
        self.f = self.s.makefile('rb', 1 << 16)

    @staticmethod
    def pack(*a):
        out = [b'*%d\r\n' % len(a)]
        for x in a:
            x = x if isinstance(x, bytes) else str(x).encode()
            out.append(b'$%d\r\n%s\r\n' % (len(x), x))
        return b''.join(out)

    def read(self):
        line = self.f.readline()
        if not line:
            raise ConnectionError('redis closed the connection')
        t, rest = line[:1], line[1:-2]
        if t == b'+':
            return rest
        if t == b'-':
            raise RuntimeError(rest.decode())
        if t == b':':
            return int(rest)
        if t == b'$':
            n = int(rest)
            if n < 0:
                return None
            v = self.f.read(n + 2)
            return v[:-2]
        n = int(rest)
        return None if n < 0 else [self.read() for _ in range(n)]

    def __call__(self, *a):
        self.s.sendall(self.pack(*a))
        return self.read()

    def many(self, cmds):
        out = []
        for i in range(0, len(cmds), 200):
            part = cmds[i:i + 200]
            self.s.sendall(b''.join(self.pack(*c) for c in part))
            out += [self.read() for _ in part]
        return out

    def info(self):
        d = {'cmds': {}}
        for line in self('INFO', 'all').decode().splitlines():
            k, _, v = line.partition(':')
            if k.startswith('cmdstat_'):
                d['cmds'][k[8:]] = int(v.split('calls=')[1].split(',')[0])
            elif _:
                d[k] = v
        return d
