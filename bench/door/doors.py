# SPDX-License-Identifier: MIT
"""packreportd with a front door on the rig of bench/queue, and what is sent to it."""
import json
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../queue'))
import frames  # noqa: E402
from processes import busy_s, end, rss_kb, tree_cpu, with_parent  # noqa: E402
from resp import Resp  # noqa: E402
from rig import Rig, free_port  # noqa: E402

PREFIX = 'packreport:{0}:'
PACKS = 100
KEPT_BACK = 'pack-kept-back'  # of the request that keeps the only worker busy
DESCRIPTORS = 1024  # what most services begin with; the daemon is to raise it by itself
# The one job that the worker takes stays in its hands, so that admissions are all that happens.
WAITING = {'worker.max_jobs': 1, 'drill.step': 'fetch', 'drill.stall': '1h', 'queue.backlog_max': 1000000}
WORKING = {'store.fsync': 'no'}


def pack(name):
    return {'uuid': name, 'name': name, 'version': '1.0', 'spec_catalog_vo_list': []}


class Doors(Rig):
    def __init__(self, daemon, accounts):
        super().__init__(daemon)
        self.accounts = [frames.account_of(n) for n in range(accounts)]
        self.pairs = [(a, 'pack-%d' % n) for a in self.accounts for n in range(PACKS)]
        self.door_port = free_port()
        self.host = '127.0.0.1:%d' % self.door_port
        self.nginx_host = '127.0.0.1:%d' % self.hport
        self.load_program = os.path.join(self.build, 'bench-load')
        self.furnish()

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, value, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w') as f:
            f.write(value if isinstance(value, str) else json.dumps(value))
        os.chmod(self.path(name), mode)

    def furnish(self):
        self.write('accounts.json', {'accounts': [{'AccountId': a, 'inventory': 'all.ndjson'} for a in self.accounts]})
        self.write('inventory/all.ndjson', '')
        clause = {'featureSource': 'CONFIGURATION', 'featurePath': '$.Size', 'operator': 'Greater', 'desired': '1'}
        self.write('rules/rules.json', [{'id': 'rule', 'name': 'Rule', 'riskLevel': 1, 'checkItems': [{'uuid': 'item'}],
                                         'resourceTypes': ['evs.volumes'], 'condition': {'operator': 'and', 'children': [clause]}}])
        self.write('credentials/access-keys', {'accessKeys': [
            {'AccessKeyId': 'key-' + a, 'AccountId': a, 'secrets': [frames.secret_of(a)]} for a in self.accounts]}, 0o600)
        for name in ['pack-%d' % n for n in range(PACKS)] + [KEPT_BACK]:
            self.write('packs/%s.json' % name, pack(name))

    def settings(self, more):
        values = dict({
            'redis.address': 'unix:' + self.sock, 'source.kind': 'file', 'source.accounts': self.path('accounts.json'),
            'source.packs': self.path('packs'), 'source.inventory': self.path('inventory'), 'rules.path': self.path('rules'),
            'credentials.path': self.path('credentials'), 'store.path': self.out, 'api.listen': self.host, 'api.keys': 'access-keys',
            'log.level': 'warning'}, **more)
        sections = {}
        for name, value in values.items():
            section, key = name.split('.', 1)
            sections.setdefault(section, []).append('%s = %s\n' % (key, value))
        return ''.join('[%s]\n%s' % (name, ''.join(lines)) for name, lines in sections.items())

    def open_door(self, more):
        """A new daemon on an empty Redis."""
        self.clear({})
        self.write('packreportd.ini', self.settings(more))
        command = ['sh', '-c', 'ulimit -Sn %d; exec "$@"' % DESCRIPTORS, 'sh', self.daemon, '--config', self.path('packreportd.ini')]
        self.worker = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, start_new_session=True,
                                       preexec_fn=with_parent)
        self.until('the daemon is ready', lambda: self.r('ZCARD', PREFIX + 'workers') > 0)
        self.wait(lambda: socket.create_connection(('127.0.0.1', self.door_port)).close(), 'the door')

    def close_door(self):
        end(self.worker)
        self.worker = None

    def close(self):
        self.close_door()
        super().close()

    def until(self, what, probe, seconds=30):
        last = time.monotonic() + seconds
        while not probe():
            if time.monotonic() > last or self.worker.poll() is not None:
                raise RuntimeError('not within %d s: %s\n%s' % (seconds, what, self.tail()))
            time.sleep(0.01)

    def say(self, request):
        """Sends one request on a connection of its own and gives its answer's bytes."""
        with socket.create_connection(('127.0.0.1', self.door_port)) as s:
            s.sendall(request.replace(b' HTTP/1.1\r\n', b' HTTP/1.1\r\nConnection: close\r\n', 1))
            parts = []
            while part := s.recv(65536):
                parts.append(part)
        return b''.join(parts)

    def keep_busy(self):
        """Gives the only worker the job that it never gets through, and returns how it was admitted (frames.Watched)."""
        monitor = Resp(self.sock)
        monitor('MONITOR')
        self.say(frames.generate(self.host, self.accounts[0], KEPT_BACK))
        self.until('the worker is busy', lambda: self.r('ZCARD', PREFIX + 'running') == 1)
        while True:
            line = monitor.f.readline().decode('latin1')
            if is_admission(line):
                monitor.s.close()
                return frames.Watched(line)

    def keys(self):
        """Everything that lies in Redis but the nonces."""
        names = [k for k in self.r('KEYS', '*') if b':nonce:' not in k]
        return list(zip(names, self.r.many([('DUMP', k) for k in names])))

    def restore(self, keys):
        self.r('FLUSHALL', 'SYNC')
        self.r.many([('RESTORE', k, 0, v) for k, v in keys])

    def load(self, to, name, *more):
        """A run of load.c over the frames of that name, and who used how much processor time for each operation."""
        before = self.used()
        done = subprocess.run([self.load_program, '--to', to, '--frames', self.path(name)] + [str(m) for m in more],
                              capture_output=True, text=True, timeout=90)
        after = self.used()
        if not done.stdout:
            raise RuntimeError('%s: %s\n%s' % (name, done.stderr, self.tail()))
        found = json.loads(done.stdout)
        count = max(found['operations'], 1)
        used = {k: after[k] - before[k] for k in after}
        found.update(rate=found['operations'] / found['seconds'], generator_us=found['cpu'] / count * 1e6,
                     foreign=max(0, used.pop('busy') - found['cpu'] - sum(used.values())) / found['seconds'],
                     **{k + '_us': v / count * 1e6 for k, v in used.items()})
        if found['bad']:
            raise RuntimeError('%s: %d answers are not right: %s' % (name, found['bad'], done.stderr))
        return found

    def used(self):
        return {'busy': busy_s(), 'redis': tree_cpu(self.redis.pid), 'nginx': tree_cpu(self.nginx.pid),
                'daemon': tree_cpu(self.worker.pid) if self.worker else 0}

    def resident_mb(self):
        return rss_kb(self.worker.pid) / 1024


def is_admission(line):
    return '[0 lua]' not in line and '"EVALSHA"' in line and '"ask"' in line
