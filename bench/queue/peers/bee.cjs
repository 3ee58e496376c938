// SPDX-License-Identifier: MIT
// bee-queue, with the settings its README gives for a queue that only processes.
'use strict';
const { cfg, work, data, main } = require('./common.cjs');
const Bee = require('bee-queue');

const base = { redis: cfg.redis, getEvents: false, sendEvents: false, storeJobs: false, removeOnSuccess: true, removeOnFailure: true };
let q;
const queue = (isWorker) => (q ||= new Bee('bench', { ...base, isWorker: !!isWorker }));

main({
  ready: () => queue().ready(),
  enqueue: (ids) => queue().saveAll(ids.map((id) => queue().createJob(data(id)))),
  add: (id) => queue().createJob(data(id)).save(),
  worker: async (rec) => {
    const w = queue(true);
    w.on('succeeded', (job) => rec(job.data.id, job.data.t0)); // after the LREM reply
    w.on('failed', (job, e) => console.error('failed', job.id, e));
    w.process(cfg.conc, async (job) => { await work(job.data); });
    return () => w.close(500);
  },
});
