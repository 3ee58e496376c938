# SPDX-License-Identifier: MIT
"""RQ. Worker: rq_jobs.py worker|forkworker; producer: rq_jobs.py enqueue|produce"""
import os
import sys
import time

from redis import Redis
from rq import Queue, Worker
from rq.worker import SimpleWorker

from bench_common import N, PORT, SOCK, TCP, URL, enqueued, main, record, work


def job(ident, t0, url=''):
    work(ident, url)


class _Rec:
    def handle_job_success(self, job, queue, started_job_registry):
        super().handle_job_success(job=job, queue=queue, started_job_registry=started_job_registry)
        record(job.args[0], job.args[1])


class BenchSimple(_Rec, SimpleWorker):
    pass


class BenchFork(_Rec, Worker):
    pass


def args(i):
    return (i, time.monotonic_ns(), URL) if URL else (i, time.monotonic_ns())


if __name__ == '__main__':
    r = Redis(port=int(PORT)) if TCP else Redis(unix_socket_path=SOCK)
    import rq_jobs
    q = Queue('bench', connection=r)
    mode = sys.argv[1]
    if mode in ('worker', 'forkworker'):
        cls = rq_jobs.BenchSimple if mode == 'worker' else rq_jobs.BenchFork
        cls([q], connection=r, log_job_description=False).work(logging_level='WARNING')
    else:
        def enqueue():
            start = time.monotonic()
            for b in range(0, N, 500):
                q.enqueue_many([Queue.prepare_data(rq_jobs.job, args(i), result_ttl=0)
                                for i in range(b, min(b + 500, N))])
            enqueued(start)
        main(enqueue, lambda i: q.enqueue(rq_jobs.job, *args(i), result_ttl=0))
