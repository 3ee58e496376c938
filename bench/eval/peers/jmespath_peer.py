#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
import json, sys, re, jmespath
from jmespath import functions
class F(functions.Functions):
    @functions.signature({'types': ['string', 'null']}, {'types': ['string']})
    def _func_regex(self, s, p): return s is not None and re.search(p, s) is not None
o = jmespath.Options(custom_functions=F())
rs = [jmespath.compile(e) for e in json.load(open(sys.argv[1]))]
c = [0] * len(rs)
with open(sys.argv[2], 'rb') as f:
    for l in f:
        r = json.loads(l)
        for i, e in enumerate(rs):
            if e.search(r, o) is True: c[i] += 1
print(json.dumps(c))
