// SPDX-License-Identifier: MIT
// BullMQ: Queue.addBulk / Queue.add, one Worker with a concurrency factor.
'use strict';
const { cfg, work, data, main } = require('./common.cjs');
const { Queue, Worker } = require('bullmq');

const connection = { ...cfg.redis, maxRetriesPerRequest: null };
const opts = { removeOnComplete: true, removeOnFail: true };
let q;
const queue = () => (q ||= new Queue('bench', { connection }));

main({
  ready: () => queue().waitUntilReady(),
  enqueue: (ids) => queue().addBulk(ids.map((id) => ({ name: 'j', data: data(id), opts }))),
  add: (id) => queue().add('j', data(id), opts),
  worker: async (rec) => {
    const w = new Worker('bench', async (job) => { await work(job.data); }, { connection, concurrency: cfg.conc });
    w.on('completed', (job) => rec(job.data.id, job.data.t0)); // after moveToFinished's reply
    w.on('failed', (job, e) => console.error('failed', job && job.id, e));
    w.on('error', (e) => console.error(e));
    return () => w.close(true);
  },
});
