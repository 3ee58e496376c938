# SPDX-License-Identifier: MIT
"""packreportd as a peer.

  packreport.py worker      writes what the daemon reads, and becomes the daemon (BENCH_DAEMON)
  packreport.py enqueue     BENCH_N requests, by XADD in pipelines, as a backend team would
  packreport.py produce     BENCH_RATE requests/s for BENCH_SECS s, and watches the events stream for their ends

Job number n is pack n % PACKS of account n // PACKS: for one pack of an account there is at most one report in the making,
so a full queue needs many. The end of a job is learnt from the events stream (docs/redis.md): CREATING is published by the
script that records the answer, COMPLETE by the one that records the end.
"""
import json
import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from resp import Resp  # noqa: E402

E = os.environ.get
PACKS = 100
FIRST_ACCOUNT = 100000000000000
WARM_UP = 10 ** 9
PREFIX = 'packreport:{0}:'
REQUESTS, EVENTS = PREFIX + 'requests', PREFIX + 'events'


def account_of(number):
    return str(FIRST_ACCOUNT + number // PACKS)


def request(number):
    fields = ('AccountId', account_of(number), 'CompliancePackId', 'pack-%d' % (number % PACKS))
    return ('XADD', REQUESTS, '*') + fields


def ends_in(reply, status):
    """(last entry id, job numbers that came to `status`) of what XREAD answered."""
    last, numbers = None, []
    for _, entries in reply or []:
        for entry_id, fields in entries:
            last = entry_id
            for value in fields[1::2]:
                what, account, pack, _ = value.decode().split(' ')
                if what == status:
                    numbers.append((int(account) - FIRST_ACCOUNT) * PACKS + int(pack[5:]))
    return last, numbers


def item(number):
    return 'item-%d' % number


def pack(items):
    catalog = {'uuid': 'c1', 'serial_number': 1, 'level_number': 0, 'root': 'p', 'parent': 'p', 'is_leaf': True,
               'check_items': [{'uuid': item(n), 'name': 'Item %d' % n} for n in range(items)]}
    return {'uuid': 'p', 'name': 'Pack', 'version': '1.0', 'spec_catalog_vo_list': [catalog] if items else []}


def rule(number):
    clause = {'featureSource': 'CONFIGURATION', 'featurePath': '$.Size', 'operator': 'Greater', 'desired': str(number)}
    return {'id': 'rule-%d' % number, 'name': 'Rule %d' % number, 'riskLevel': 1, 'checkItems': [{'uuid': item(number)}],
            'resourceTypes': ['evs.volumes'], 'condition': {'operator': 'and', 'children': [clause]}}


def resource(number):
    return {'resourceType': 'evs.volumes', 'resourceId': 'vol-%d' % number, 'resourceName': 'volume %d' % number,
            'regionId': 'region-1', 'accountId': str(FIRST_ACCOUNT), 'tags': {}, 'configuration': {'Size': number % 20}}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text if isinstance(text, str) else json.dumps(text))


def furnish(folder):
    """Accounts, packs, rules and inventory; BENCH_ITEMS check items and BENCH_RESOURCES resources (default none)."""
    items, resources, url = int(E('BENCH_ITEMS', '0')), int(E('BENCH_RESOURCES', '0')), E('BENCH_URL', '')
    jobs = int(E('BENCH_N')) + 100
    base = {'base_url': url.rsplit('/', 1)[0], 'project_id': 'p', 'workspace_id': 'w', 'credential': 'token'} if url else {}
    numbers = list(range(0, jobs, PACKS)) + [WARM_UP]
    write(folder + '/accounts.json', {'accounts': [dict(base, AccountId=account_of(n), inventory='all.ndjson') for n in numbers]})
    write(folder + '/inventory/all.ndjson', ''.join(json.dumps(resource(n)) + '\n' for n in range(resources)))
    write(folder + '/rules/rules.json', [rule(n) for n in range(max(items, 1))])
    write(folder + '/credentials/token', 'bench')
    for n in range(PACKS):
        write('%s/packs/pack-%d.json' % (folder, n), pack(items))


def settings(folder):
    values = {
        'redis.address': 'unix:' + E('BENCH_SOCK') if E('BENCH_TRANSPORT') == 'unix' else '127.0.0.1:' + E('BENCH_PORT'),
        'source.kind': 'secmaster' if E('BENCH_URL') else 'file', 'source.allow_plain_http': 'yes',
        'source.accounts': folder + '/accounts.json', 'source.packs': folder + '/packs', 'source.inventory': folder + '/inventory',
        'rules.path': folder + '/rules', 'credentials.path': folder + '/credentials', 'store.path': E('BENCH_OUT'),
        'log.level': 'warning',  # as the peers, which log errors alone
    }
    values.update(part.split('=', 1) for part in E('BENCH_SETTINGS', '').split())
    sections = {}
    for name, value in values.items():
        section, key = name.split('.', 1)
        sections.setdefault(section, []).append('%s = %s\n' % (key, value))
    return ''.join('[%s]\n%s' % (name, ''.join(lines)) for name, lines in sections.items())


def worker():
    folder = E('BENCH_DIR') + '/packreport'
    if not os.path.exists(folder + '/packreportd.ini'):
        prepare()
    os.execv(E('BENCH_DAEMON'), [E('BENCH_DAEMON'), '--config', folder + '/packreportd.ini'])


def prepare():
    folder = E('BENCH_DIR') + '/packreport'
    furnish(folder)
    write(folder + '/packreportd.ini', settings(folder))


def connect():
    return Resp(E('BENCH_SOCK'))


def enqueue():
    jobs, redis, begin = int(E('BENCH_N')), connect(), time.monotonic()
    redis.many([request(n) for n in range(jobs)])
    print('{"n":%d,"enqueue_s":%.6f}' % (jobs, time.monotonic() - begin))


class Watch:
    """The events stream, read as it comes; appends (job, sent at, ended at) to the two record files."""

    def __init__(self):
        self.redis, self.last, self.sent = connect(), '0', {}
        found = self.redis('XREVRANGE', EVENTS, '+', '-', 'COUNT', 1)
        if found:
            self.last = found[0][0]
        self.files = {'CREATING': open(E('BENCH_EVENTS') + '.answers', 'ab', 0), 'COMPLETE': open(E('BENCH_EVENTS'), 'ab', 0)}
        self.left = 0
        self.ask()

    def ask(self):
        self.redis.s.sendall(Resp.pack('XREAD', 'COUNT', 1000, 'BLOCK', 1000, 'STREAMS', EVENTS, self.last))

    def take(self):
        reply, now = self.redis.read(), time.monotonic_ns()
        for status, file in self.files.items():
            last, numbers = ends_in(reply, status)
            self.last = last or self.last
            for n in numbers:
                file.write(struct.pack('<ddd', n, self.sent[n], now))
            self.left -= len(numbers) if status == 'COMPLETE' else 0
        self.ask()

    def wait(self, until):
        while (rest := until - time.monotonic()) > 0:
            if select.select([self.redis.s], [], [], rest)[0]:
                self.take()


def produce():
    rate, seconds, redis, watch = float(E('BENCH_RATE')), float(E('BENCH_SECS')), connect(), Watch()

    def send(number):
        watch.sent[number] = time.monotonic_ns()
        watch.left += 1
        redis(*request(number))
    for n in range(20):
        send(WARM_UP + n)
        watch.wait(time.monotonic() + 0.01)
    watch.wait(time.monotonic() + 0.5)
    begin = time.monotonic()
    for n in range(int(rate * seconds)):
        watch.wait(begin + n / rate)
        send(n)
    end = time.monotonic() + 8
    while watch.left > 0 and time.monotonic() < end:
        watch.wait(time.monotonic() + 0.01)


if __name__ == '__main__':
    {'worker': worker, 'prepare': prepare, 'enqueue': enqueue, 'produce': produce}[sys.argv[1]]()
