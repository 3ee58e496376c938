# SPDX-License-Identifier: MIT
"""Celery. Worker: celery -A celery_app worker ...; producer: celery_app.py enqueue|produce

BENCH_ACKS_LATE=1 acknowledges after the task ran (at-least-once: Celery's
reliable setting); without it Celery's default, which acknowledges before."""
import os
import time

from celery import Celery
from celery.worker.request import Request

from bench_common import N, PORT, SOCK, TCP, URL, enqueued, main, produce, record, work

LATE = os.environ.get('BENCH_ACKS_LATE') == '1'

app = Celery('bench', broker='redis://127.0.0.1:%s/0' % PORT if TCP else 'redis+socket://%s?virtual_host=0' % SOCK)
app.conf.update(
    task_serializer='json', accept_content=['json'],
    task_ignore_result=True,
    task_acks_late=LATE,
    worker_prefetch_multiplier=int(os.environ.get('BENCH_PREFETCH', '128')),
    worker_disable_rate_limits=True,
    worker_send_task_events=False,
    broker_transport_options={'visibility_timeout': 3600},
)


class LateRequest(Request):
    def acknowledge(self):
        fresh = not self.acknowledged
        super().acknowledge()
        if fresh:
            record(self._args[0], self._args[1])


@app.task(name='job', Request='celery_app:LateRequest' if LATE else 'celery.worker.request:Request')
def job(ident, t0, url=''):
    work(ident, url)
    if not LATE:
        record(ident, t0)


def enqueue():
    with app.producer_pool.acquire(block=True) as p:
        p.connection.ensure_connection()
        start = time.monotonic()
        for i in range(N):
            job.apply_async((i, time.monotonic_ns(), URL) if URL else (i, time.monotonic_ns()), producer=p)
        enqueued(start)


if __name__ == '__main__':
    import celery_app  # the registered module, not __main__
    with celery_app.app.producer_pool.acquire(block=True) as pr:
        def send(i):
            celery_app.job.apply_async((i, time.monotonic_ns(), URL) if URL else (i, time.monotonic_ns()), producer=pr)
        main(celery_app.enqueue, send)
