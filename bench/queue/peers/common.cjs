// SPDX-License-Identifier: MIT
// Shared by the Node peers: event records, the job's work, pacing.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const E = process.env;
const cfg = {
  n: +(E.BENCH_N || 20000),
  rate: +(E.BENCH_RATE || 200),
  secs: +(E.BENCH_SECS || 10),
  conc: +(E.BENCH_CONC || 1),
  url: E.BENCH_URL || '',
  out: E.BENCH_OUT || '',
  redis: E.BENCH_TRANSPORT === 'tcp'
    ? { host: '127.0.0.1', port: +E.BENCH_PORT }
    : { path: E.BENCH_SOCK },
};

const now = () => { const t = process.hrtime(); return t[0] * 1e9 + t[1]; };

// One record (id, t0, t1: three doubles) per job; written every 5 ms.
function recorder() {
  const fd = fs.openSync(E.BENCH_EVENTS, 'a');
  let buf = Buffer.allocUnsafe(24 * 1024), n = 0;
  const flush = () => { if (n) { fs.writeSync(fd, buf, 0, n); n = 0; } };
  setInterval(flush, 5).unref();
  process.on('exit', flush);
  return (id, t0) => {
    if (n === buf.length) flush();
    buf.writeDoubleLE(id, n); buf.writeDoubleLE(t0, n + 8); buf.writeDoubleLE(now(), n + 16);
    n += 24;
  };
}

let pool;
async function work(d) {
  if (!d.url) return;
  if (!pool) {
    const { Pool } = require('undici');
    pool = new Pool(new URL(d.url).origin, { connections: cfg.conc, pipelining: 1 });
  }
  const r = await pool.request({ method: 'GET', path: new URL(d.url).pathname });
  if (r.statusCode !== 200) throw new Error('status ' + r.statusCode);
  const body = Buffer.from(await r.body.arrayBuffer());
  fs.writeFileSync(path.join(cfg.out, String(d.id)), body);
}

const data = (id) => cfg.url ? { id, t0: now(), url: cfg.url } : { id, t0: now() };

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// Open loop: send(i) is started when it is due, whether or not earlier ones ended.
async function produce(send) {
  const all = [];
  for (let i = 0; i < 20; i++) { await send(1e9 + i); await sleep(10); }
  await sleep(500);
  const start = now(), total = cfg.rate * cfg.secs;
  for (let i = 0; i < total;) {
    while (i < total && now() - start >= i * 1e9 / cfg.rate) all.push(send(i++));
    await sleep(1);
  }
  await Promise.all(all);
}

async function main(m) {
  const mode = process.argv[2];
  if (mode === 'worker') {
    const stop = await m.worker(recorder());
    process.on('SIGTERM', async () => { setTimeout(() => process.exit(0), 2000).unref(); await stop(); process.exit(0); });
  } else if (mode === 'enqueue') {
    await m.ready();
    const t = now();
    for (let i = 0; i < cfg.n; i += 500) {
      const ids = [];
      for (let k = i; k < Math.min(i + 500, cfg.n); k++) ids.push(k);
      await m.enqueue(ids);
    }
    console.log(JSON.stringify({ n: cfg.n, enqueue_s: (now() - t) / 1e9 }));
    process.exit(0);
  } else if (mode === 'produce') {
    await m.ready();
    await produce(m.add);
    process.exit(0);
  } else {
    console.error('usage: worker|enqueue|produce');
    process.exit(2);
  }
}

module.exports = { cfg, now, work, data, main };
