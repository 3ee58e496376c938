# SPDX-License-Identifier: MIT
"""A private Redis and nginx, and the measured runs of one row. Standard library only."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from processes import busy_s, end, rss_kb, tree_cpu, tree_rss_mb, with_parent
from resp import Resp

HERE = os.path.dirname(os.path.abspath(__file__))
WARM_ID = 10 ** 9
AOF = {'none': ['--appendonly', 'no'],
       'everysec': ['--appendonly', 'yes', '--appendfsync', 'everysec'],
       'always': ['--appendonly', 'yes', '--appendfsync', 'always']}
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def quantile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Rig:
    def __init__(self, daemon, persistence='none', transport='unix'):
        self.daemon, self.build = daemon, os.path.dirname(daemon)
        self.persistence, self.transport = persistence, transport
        self.dir = tempfile.mkdtemp(prefix='queue-bench-')
        self.sock = self.dir + '/redis.sock'
        # jobs store their file in memory (tmpfs) unless the peer says store: disk:
        # creating a file on this machine's ext4 costs 250 to 550 us, which hides the queue
        self.shm = tempfile.mkdtemp(prefix='queue-bench-', dir='/dev/shm') if os.path.isdir('/dev/shm') else self.dir
        self.out = self.shm + '/out'
        self.events = self.dir + '/events'
        self.log = open(self.dir + '/workers.log', 'ab')
        os.mkdir(self.out)
        self.redis = self.nginx = self.worker = None
        self.snap, self.defaults = {}, {}
        self.port = free_port()
        self.redis = subprocess.Popen(
            ['redis-server', '--port', str(self.port), '--bind', '127.0.0.1', '--unixsocket', self.sock,
             '--dir', self.dir, '--save', '', '--daemonize', 'no', '--loglevel', 'warning',
             '--auto-aof-rewrite-percentage', '0'] + AOF[persistence],
            stdout=self.log, stderr=self.log, start_new_session=True, preexec_fn=with_parent)
        self.r = self.wait(lambda: Resp(self.sock), 'redis')
        # What each HTTP job fetches: 4096 bytes of JSON, which is a pack without check items.
        item = {'uuid': 'p', 'name': 'Pack', 'version': '1.0', 'spec_catalog_vo_list': [], 'pad': ''}
        item['pad'] = 'x' * (4096 - len(json.dumps(item)))
        os.mkdir(self.dir + '/www')
        with open(self.dir + '/www/item.json', 'w') as f:
            f.write(json.dumps(item))
        assert os.path.getsize(self.dir + '/www/item.json') == 4096
        self.hport = free_port()
        conf = self.dir + '/nginx.conf'
        with open(conf, 'w') as f:
            f.write('''user root; worker_processes 1; daemon off; pid %(d)s/nginx.pid; error_log %(d)s/nginx.err;
events { worker_connections 512; }
http { access_log off; sendfile on; tcp_nodelay on; keepalive_requests 10000000; keepalive_timeout 300s;
 types { application/json json; } open_file_cache max=16;
 client_body_temp_path %(d)s/t1; proxy_temp_path %(d)s/t2; fastcgi_temp_path %(d)s/t3; uwsgi_temp_path %(d)s/t4; scgi_temp_path %(d)s/t5;
 server { listen 127.0.0.1:%(p)d; root %(d)s/www; location /v2/ { rewrite ^ /item.json break; } } }
''' % {'d': self.dir, 'p': self.hport})
        self.nginx = subprocess.Popen(['nginx', '-p', self.dir, '-c', conf], stdout=self.log, stderr=self.log,
                                      start_new_session=True, preexec_fn=with_parent)
        self.url = 'http://127.0.0.1:%d/item.json' % self.hport
        self.wait(lambda: socket.create_connection(('127.0.0.1', self.hport)).close(), 'nginx')

    @staticmethod
    def wait(f, what):
        for _ in range(200):
            try:
                return f()
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(what + ' did not start')

    def close(self):
        for p in (self.worker, self.nginx, self.redis):
            end(p)
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.rmtree(self.shm, ignore_errors=True)

    def env(self, peer, n):
        e = dict(os.environ)
        e.update(BENCH_SOCK=self.sock, BENCH_PORT=str(self.port), BENCH_TRANSPORT=self.transport,
                 BENCH_EVENTS=self.events, BENCH_OUT=self.out, BENCH_N=str(n),
                 BENCH_URL=self.url if peer.get('http') else '', BENCH_DIR=self.dir, BENCH_DAEMON=self.daemon,
                 NODE_ENV='production', PYTHONDONTWRITEBYTECODE='1')
        e.update(peer.get('env', {}))
        return e

    def argv(self, a):
        return [x.replace('{build}', self.build) for x in a]

    def spawn(self, peer, what, n, **kw):
        return subprocess.Popen(self.argv(peer[what]), cwd=HERE + '/peers', env=self.env(peer, n),
                                start_new_session=True, preexec_fn=with_parent, stdin=subprocess.DEVNULL, **kw)

    def clear(self, peer):
        self.r('FLUSHALL', 'SYNC')
        want = peer.get('config', {})  # Redis settings of this peer alone
        for k in set(want) | set(self.defaults):
            self.defaults.setdefault(k, self.r('CONFIG', 'GET', k)[1])
            self.r('CONFIG', 'SET', k, want.get(k, self.defaults[k]))
        self.settle()
        shutil.rmtree(self.out)
        shutil.rmtree(self.dir + '/packreport', ignore_errors=True)
        self.out = (self.dir if peer.get('store') == 'disk' else self.shm) + '/out'
        os.makedirs(self.out, exist_ok=True)
        open(self.events, 'wb').close()
        open(self.events + '.answers', 'wb').close()

    def settle(self):
        """Until Redis has written the first append-only file, where it was told to begin one."""
        while self.r('CONFIG', 'GET', 'appendonly')[1] == b'yes' and self.r.info()['aof_rewrite_in_progress'] != '0':
            time.sleep(0.01)

    def prepare(self, peer, n):
        if peer.get('prepare'):
            p = self.spawn(peer, 'prepare', n, stdout=self.log, stderr=self.log)
            if p.wait(60) != 0:
                raise RuntimeError('%s: prepare failed\n%s' % (peer['name'], self.tail()))

    def seen(self):
        return os.stat(self.events).st_size // 24

    def records(self, more=''):
        with open(self.events + more, 'rb') as f:
            b = f.read()
        return [struct.unpack_from('<ddd', b, i) for i in range(0, len(b) - 23, 24)]

    def tail(self):
        self.log.flush()
        with open(self.dir + '/workers.log', 'rb') as f:
            return f.read()[-1500:].decode(errors='replace')

    # -- filling the queue: once with the peer's own client, then from a dump --
    def fill(self, peer, n):
        key = (peer.get('queue', peer['name']), n, bool(peer.get('http')), str(peer.get('config')))
        if key in self.snap:
            rows, res = self.snap[key]
            self.r.many([('RESTORE', k, 0, v) for k, v in rows])
            return dict(res)
        if not peer.get('enqueue'):
            return {}
        a, t = self.r.info(), time.monotonic()
        p = self.spawn(peer, 'enqueue', n, stdout=subprocess.PIPE, stderr=self.log)
        try:
            out, _ = p.communicate(timeout=60)
            t = time.monotonic() - t
        except subprocess.TimeoutExpired:
            end(p)
            raise RuntimeError(peer['name'] + ': enqueue ran past 60 s')
        if p.returncode:
            raise RuntimeError('%s: enqueue failed\n%s' % (peer['name'], self.tail()))
        b = self.r.info()
        res = self.delta(a, b, n)
        try:
            t = json.loads(out)['enqueue_s']
        except (ValueError, KeyError, TypeError):
            pass  # a producer that prints no time of its own: its whole run
        res['rate'] = n / t
        res['redis_bytes'] = (int(b['used_memory']) - int(a['used_memory'])) / n
        keys, cur = [], '0'
        while True:
            cur, part = self.r('SCAN', cur, 'COUNT', 1000)
            keys += part
            if cur == b'0':
                break
        keys = sorted(set(keys))
        self.snap[key] = ([(k, v) for k, v in zip(keys, self.r.many([('DUMP', k) for k in keys])) if v], res)
        return dict(res)

    @staticmethod
    def delta(a, b, n):
        cmds = {k: v - a['cmds'].get(k, 0) for k, v in b['cmds'].items() if k != 'info' and v > a['cmds'].get(k, 0)}
        cpu = sum(float(b[k]) - float(a[k]) for k in ('used_cpu_user', 'used_cpu_sys'))
        return {'cmds': sum(cmds.values()) / n, 'reads': (int(b['total_reads_processed']) - int(a['total_reads_processed']) - 1) / n,
                'redis_us': cpu * 1e6 / n,
                'mix': {k: round(v / n, 3) for k, v in sorted(cmds.items(), key=lambda x: -x[1]) if v / n >= 0.005}}

    # -- the records of ends: workers write their own, packreportd's are read from its events (watch.c) --
    def observe(self, peer, n):
        if peer.get('watch') != 'packreport':
            return None
        from peers.packreport import EVENTS, FIRST_ACCOUNT, PACKS
        return subprocess.Popen([self.build + '/bench-watch', EVENTS, str(FIRST_ACCOUNT), str(PACKS)], env=self.env(peer, n),
                                stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
                                preexec_fn=with_parent)

    # -- one throughput run ----------------------------------------------------
    def throughput(self, peer, n, limit=60):
        self.clear(peer)
        self.prepare(peer, n)
        res = {'n': n, 'enqueue': self.fill(peer, n)}
        self.settle()
        open(self.events, 'wb').close()
        a, busy, ngx, drv = self.r.info(), busy_s(), tree_cpu(self.nginx.pid), time.process_time()
        t0 = time.monotonic_ns()
        w = self.worker = self.spawn(peer, 'worker', n, stdout=self.log, stderr=self.log)
        o = self.observe(peer, n)
        peak, next_rss, died = 0, 0, False
        try:
            while self.seen() < n:
                t = time.monotonic_ns()
                if t > next_rss:
                    peak, next_rss = max(peak, tree_rss_mb(w.pid)), t + 100_000_000
                if t - t0 > limit * 1e9:
                    break
                if w.poll() is not None and self.seen() < n:
                    died = True
                    break
                time.sleep(0.004)
            wall = (time.monotonic_ns() - t0) / 1e9
            wcpu = tree_cpu(w.pid) if not died else 0
            b = self.r.info()
            busy, ngx, drv = busy_s() - busy, tree_cpu(self.nginx.pid) - ngx, time.process_time() - drv
            drv += tree_cpu(o.pid) if o else 0
            peak = max(peak, tree_rss_mb(w.pid), rss_kb(w.pid, 'VmHWM') / 1024)
        finally:
            end(w)
            end(o)
            self.worker = None
        ev = self.records()
        ids = [int(e[0]) for e in ev]
        t1 = sorted(e[2] for e in ev)
        done = len(set(ids))
        res.update(self.delta(a, b, max(done, 1)))
        looks = b['cmds'].get('xread', 0) - a['cmds'].get('xread', 0) if o else 0  # the observer's
        res['cmds'] -= looks / max(done, 1)
        res['scripts'] = sum(b['cmds'].get(k, 0) - a['cmds'].get(k, 0) for k in ('evalsha', 'eval')) / max(done, 1)
        res['reads'] -= looks / max(done, 1)
        redis_cpu = res['redis_us'] * max(done, 1) / 1e6
        res.update(done=done, twice=max(0, len(ids) - done), wall=wall, rss_peak=peak,
                   worker_us=wcpu * 1e6 / max(done, 1), nginx_us=ngx * 1e6 / max(done, 1),
                   redis_share=redis_cpu / wall, worker_share=wcpu / wall,
                   foreign=max(0.0, busy - wcpu - redis_cpu - ngx - drv) / wall)
        if len(t1) > 1:
            res['rate'] = done / ((t1[-1] - t0) / 1e9)
            res['boot'] = (t1[0] - t0) / 1e9
            # steady: the middle, from the 5th percentile to the last job
            k = len(t1) // 20
            res['steady'] = (len(t1) - 1 - k) / max((t1[-1] - t1[k]) / 1e9, 1e-9)
        if peer.get('http'):
            res['files_ok'] = self.count_files(peer.get('watch')) == done
        if done < n or res['twice'] or res.get('files_ok') is False:
            res['problem'] = 'done %d of %d, %d twice%s' % (done, n, res['twice'], ', worker died' if died else '')
            if died:
                print(self.tail(), file=sys.stderr)
        return res

    def count_files(self, is_report):
        if is_report:
            return sum('report.json' in files for _, _, files in os.walk(self.out))
        return sum(e.stat().st_size == 4096 for e in os.scandir(self.out))

    # -- one light-load run ----------------------------------------------------
    def latency(self, peer, rate=200, secs=10):
        self.clear(peer)
        n = int(rate * secs)
        p = dict(peer, env=dict(peer.get('env', {}), BENCH_RATE=str(rate), BENCH_SECS=str(secs)))
        self.prepare(p, n)
        w = self.worker = self.spawn(p, 'worker', n, stdout=self.log, stderr=self.log)
        prod = None
        try:
            t0, last, calm = time.monotonic(), -1, 0
            while time.monotonic() - t0 < 8 and calm < 3:
                time.sleep(0.15)
                c = tree_cpu(w.pid)
                calm = calm + 1 if c - last < 0.015 and time.monotonic() - t0 > 0.5 and int(self.r.info()['connected_clients']) > 1 else 0
                last = c
            idle = tree_rss_mb(w.pid)
            a, c0, t0, busy = self.r.info(), tree_cpu(w.pid), time.monotonic(), busy_s()
            prod = self.spawn(p, 'produce', n, stdout=self.log, stderr=self.log)
            peak = idle
            while prod.poll() is None and time.monotonic() - t0 < secs + 15:
                time.sleep(0.25)
                peak = max(peak, tree_rss_mb(w.pid))
            if prod.poll() != 0:
                raise RuntimeError('%s: produce failed\n%s' % (peer['name'], self.tail()))
            late = time.monotonic() + 8
            while self.seen() < n + 20 and time.monotonic() < late:
                time.sleep(0.05)
            b, c1, wall, busy = self.r.info(), tree_cpu(w.pid), time.monotonic() - t0, busy_s() - busy
        finally:
            end(prod)
            end(w)
            self.worker = None
        lat = self.times()
        if not lat:
            raise RuntimeError('%s: no job completed\n%s' % (peer['name'], self.tail()))
        d = self.delta(a, b, len(lat) + 20)
        answers = self.times('.answers')
        return {'sent': n, 'done': len(lat), 'p50': quantile(lat, .5), 'p99': quantile(lat, .99), 'max': lat[-1],
                'answer_p50': quantile(answers, .5), 'answer_p99': quantile(answers, .99), 'rss_idle': idle, 'rss_peak': peak,
                'worker_us': (c1 - c0) * 1e6 / len(lat), 'cmds': d['cmds'], 'redis_us': d['redis_us'], 'machine_busy': busy / wall}

    def times(self, more=''):
        """Milliseconds from sent to done of each job, sorted; those of the warm-up are left out."""
        return sorted((e[2] - e[1]) / 1e6 for e in self.records(more) if e[0] < WARM_ID)
