# SPDX-License-Identifier: MIT
"""Whether Redis' memory stays where it is: after 100,000 jobs, and after a million, of the same packs.

What is kept of each job is kept for a time, which is set to its least here (a minute); so after each part the keys that
have one are waited for, and until Redis has made its tables smaller. Of the events, which are kept by number and not by time,
so few are kept that the first part reaches that number, too: an entry has all changes of a batch."""
import time

from peers.packreport import EVENTS, ends_in, request

PARTS, PAIRS, BATCH, AHEAD = (100000, 1000000), 20000, 500, 5000
SETTINGS = ' queue.answer_ttl=1min queue.history_ttl=1min queue.token_ttl=1min queue.events_max=1000'


def keys_expire(redis):
    while int(redis('INFO', 'keyspace').split(b'expires=')[1].split(b',')[0]) > 0:
        time.sleep(1)


def settled(rig):
    """Redis' memory, once it has not changed by more than a thousandth for five seconds."""
    used, since = 0, time.monotonic()
    while time.monotonic() - since < 5:
        now = int(rig.r.info()['used_memory'])
        if abs(now - used) > used / 1000:
            used, since = now, time.monotonic()
        time.sleep(0.5)
    return used


def run_to(rig, end, state):
    while state['done'] < end:
        while state['sent'] < end and state['sent'] - state['done'] < AHEAD:
            rig.r.many([request((state['sent'] + n) % PAIRS) for n in range(BATCH)])
            state['sent'] += BATCH
        entry, numbers = ends_in(rig.r('XREAD', 'COUNT', 1000, 'STREAMS', EVENTS, state['last']), 'COMPLETE')
        state['last'] = entry or state['last']
        state['done'] += len(numbers)
        if not numbers:
            time.sleep(0.004)


def measure(rig, row):
    spec = dict(row, env=dict(row['env'], BENCH_SETTINGS=row['env']['BENCH_SETTINGS'] + SETTINGS))
    rig.clear(spec)
    rig.prepare(spec, PAIRS)
    rig.worker = rig.spawn(spec, 'worker', PAIRS, stdout=rig.log, stderr=rig.log)
    state, used = {'sent': 0, 'done': 0, 'last': '0'}, []
    for end in PARTS:
        begin = time.monotonic()
        run_to(rig, end, state)
        print('%d jobs, %.0f s' % (state['done'], time.monotonic() - begin), flush=True)
        keys_expire(rig.r)
        used.append(settled(rig))
    growth = 100 * (used[1] / used[0] - 1)
    return 'Redis memory: %.1f MB after %d jobs, %.1f MB after %d: %+.1f %% (aim: within 5 %%)' % (
        used[0] / 1e6, PARTS[0], used[1] / 1e6, PARTS[1], growth)
