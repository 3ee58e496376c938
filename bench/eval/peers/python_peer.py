#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plain Python: json + closures over a path walk, the shape of Cloud Custodian's value filter."""
import json, sys, re
rules = json.load(open(sys.argv[1]))
MISS = object()
def segs(p): return [int(i) if i else a for a, i in re.findall(r'\.([A-Za-z_]\w*)|\[(\d+)\]', p)]
def getter(p):
    s = segs(p)
    def get(r):
        for k in s:
            try: r = r[k]
            except (KeyError, IndexError, TypeError): return MISS
        return r
    return get
def comp(c):
    if 'children' in c:
        k = [comp(x) for x in c['children']]
        return (lambda r: all(f(r) for f in k)) if c['operator'] == 'and' else (lambda r: any(f(r) for f in k))
    path = ('$.configuration' if c.get('featureSource') == 'CONFIGURATION' else '$') + c['featurePath'][1:]
    g, d, op = getter(path), c.get('desired'), c['operator']
    d = {'true': True, 'false': False}.get(d, d) if isinstance(d, str) else d
    if op in ('StringEquals', 'Equals'): return lambda r: g(r) == d
    if op == 'NotStringEquals': return lambda r: g(r) != d
    if op == 'StringIn': s = set(d); return lambda r: isinstance(v := g(r), str) and v in s
    if op == 'StringContains': return lambda r: isinstance(v := g(r), str) and d in v
    if op == 'Greater': return lambda r: isinstance(v := g(r), (int, float)) and v > d
    if op == 'GreaterOrEquals': return lambda r: isinstance(v := g(r), (int, float)) and v >= d
    if op == 'LessOrEquals': return lambda r: isinstance(v := g(r), (int, float)) and v <= d
    if op == 'IsNotStringEmpty': return lambda r: (v := g(r)) is not MISS and v != ''
    if op == 'IsStringEmpty': return lambda r: (v := g(r)) is MISS or v == ''
    if op == 'Contains': return lambda r: isinstance(v := g(r), list) and d in v
    if op == 'NotContains': return lambda r: not (isinstance(v := g(r), list) and d in v)
    if op == 'StringMatches': x = re.compile(d); return lambda r: isinstance(v := g(r), str) and x.search(v) is not None
    raise SystemExit(op)
fs = [comp(r['cond']) for r in rules]; c = [0] * len(fs)
with open(sys.argv[2], 'rb') as f:
    for l in f:
        r = json.loads(l)
        for i, e in enumerate(fs):
            if e(r): c[i] += 1
print(json.dumps(c))
