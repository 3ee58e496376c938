# SPDX-License-Identifier: MIT
"""What a run of the benchmark found, as Markdown."""
import statistics

OURS, AOF, HTTP = 'packreportd', 'packreportd fsync always', 'packreportd HTTP'


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def summary(found):
    """One row's figures from its runs: {'throughput': [...], 'latency': [...], 'errors': [...]}."""
    runs = [r for r in found.get('throughput', []) if r.get('rate')]
    light = found.get('latency', [])

    def of(list_, key):
        return median([r.get(key) for r in list_])
    row = {key: of(runs, key) for key in ('rate', 'redis_us', 'worker_us', 'scripts', 'cmds', 'foreign')}
    row.update({key: of(light, key) for key in ('p50', 'p99', 'answer_p50', 'answer_p99', 'rss_idle')})
    row['redis_us_all'] = None if row['redis_us'] is None else row['redis_us'] + (of([r.get('enqueue', {}) for r in runs], 'redis_us') or 0)
    row['best'] = max((r['rate'] for r in runs), default=None)
    row['rss_peak'] = max((r['rss_peak'] for r in runs + light), default=None)
    row['problems'] = sorted({r['problem'] for r in found.get('throughput', []) if r.get('problem')} | set(found.get('errors', []))
                             | {'light load: %d of %d done' % (r['done'], r['sent']) for r in light if r['done'] < r['sent']})
    return row


def number(value, digits=0):
    return '-' if value is None else '%.*f' % (digits, value)


def ratio(a, b):
    return None if not a or not b else a / b


def aims(rows, found):
    """(what, measured, aim, digits, at least?)."""
    def of(name, key):
        return rows.get(name, {}).get(key)

    def rates(ours, other):
        """The median over the rounds: of one round, both were measured within seconds."""
        pairs = zip(found.get(ours, {}).get('throughput', []), found.get(other, {}).get('throughput', []))
        return median([ratio(a.get('rate'), b.get('rate')) for a, b in pairs])
    return [
        ('no-op jobs/s, times BullMQ', rates(OURS, 'BullMQ'), 3, 2, True),
        ('no-op jobs/s, of the bare batched row', rates(OURS, 'bare batched'), 0.7, 2, True),
        ('HTTP jobs/s, times BullMQ', rates(HTTP, 'BullMQ HTTP'), 2.5, 2, True),
        ('HTTP jobs/s, of the bare HTTP row', rates(HTTP, 'bare HTTP'), 0.7, 2, True),
        ('Redis µs per no-op job, its request counted', of(OURS, 'redis_us_all'), 50, 1, False),
        ('script calls per no-op job', of(OURS, 'scripts'), 2, 2, False),
        ('p99 to COMPLETE at 200 requests/s, ms', of(OURS, 'p99'), 1.5, 2, False),
        ('jobs/s with appendfsync always, of those without', rates(AOF, OURS), 0.6, 2, True),
    ]


def aim_table(rows, found):
    lines = ['| aim | measured | wanted | |', '|---|--:|--:|---|']
    for what, value, aim, digits, at_least in aims(rows, found):
        met = value is not None and (value >= aim if at_least else value <= aim)
        verdict = '' if value is None else 'met' if met else 'missed'
        lines.append('| %s | %s | %s %g | %s |' % (what, number(value, digits), 'at least' if at_least else 'at most', aim, verdict))
    return lines


def row_table(rows, specs):
    lines = ['| queue | settings | jobs in hand at a crash | jobs/s median (best) | p50, p99 ms to the answer | p50, p99 ms to the end '
             '| resident MB idle, peak | Redis µs/job | script calls/job | commands/job | worker µs/job | foreign |',
             '|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|']
    for spec in specs:
        r = rows[spec['name']]
        note = spec['note'] + ''.join(' **%s**' % p for p in r['problems'])
        lines.append('| ' + ' | '.join([
            spec['name'], note, spec['keeps'], '%s (%s)' % (number(r['rate']), number(r['best'])),
            '%s, %s' % (number(r['answer_p50'], 2), number(r['answer_p99'], 2)), '%s, %s' % (number(r['p50'], 2), number(r['p99'], 2)),
            '%s, %s' % (number(r['rss_idle']), number(r['rss_peak'])), number(r['redis_us_all'], 1), number(r['scripts'], 2),
            number(r['cmds'], 1), number(r['worker_us']), number(r['foreign'], 2)]) + ' |')
    return lines


def markdown(result, specs):
    rows = {s['name']: summary(result['rows'][s['name']]) for s in specs}
    out = ['# Queues side by side', '', '%s. %d rounds in %.0f s; one Redis (%s, %s socket), one nginx, files on tmpfs.' % (
        ', '.join('%s %s' % v for v in result['versions'].items()), result['rounds'], result['seconds'], result['persistence'],
        result['transport']), '']
    out += aim_table(rows, result['rows']) + ['']
    groups = (('No-op jobs', lambda s: not s.get('http') and s.get('store') != 'disk'),
              ('Jobs that GET 4 KB over HTTP and write one file', lambda s: s.get('http')),
              ('Whole reports', lambda s: s.get('store') == 'disk'))
    for title, belongs in groups:
        chosen = [s for s in specs if belongs(s)]
        if chosen:
            out += ['## ' + title, ''] + row_table(rows, chosen) + ['']
    if result['left_out']:
        out += ['Left out for time: %s.' % ', '.join(result['left_out']), '']
    out += ['foreign: processors that others used meanwhile (median). Above 0.3 a row is disturbed: compare ratios and processor time.']
    return '\n'.join(out) + '\n'
