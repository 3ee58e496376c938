# SPDX-License-Identifier: MIT
"""The rows of the benchmark: how each queue is filled, worked off and fed slowly.

Keys: name; keeps (what happens to jobs in hand when a worker or Redis' client dies); note (settings); jobs (in the full queue);
queue (rows with the same value share one filled queue); prepare, enqueue, worker, produce (argv, run in peers/); http; lat
(seconds of light load, 0: none); env; config (settings of Redis while it runs); store ("disk": files not in memory);
watch ("packreport": ends are read from its events)."""
PY = '/usr/bin/python3'
NOTHING = 'loses the jobs in hand'
ONCE_MORE = 'runs them again'
FENCED = 'runs them again; lease, fence, one answer, one report at a time'


def node(program, **more):
    return dict({'queue': program, 'enqueue': ['node', program + '.cjs', 'enqueue'], 'worker': ['node', program + '.cjs', 'worker'],
                 'produce': ['node', program + '.cjs', 'produce']}, **more)


def celery(pool, processes, **more):
    return dict({'queue': 'celery', 'enqueue': [PY, 'celery_app.py', 'enqueue'], 'produce': [PY, 'celery_app.py', 'produce'],
                 'worker': [PY, '-m', 'celery', '-A', 'celery_app', 'worker', '-P', pool, '-c', str(processes), '-l', 'ERROR',
                            '--without-gossip', '--without-mingle', '--without-heartbeat']}, **more)


def sidekiq(**more):
    env = more.pop('env', {})
    return dict({'queue': 'sidekiq', 'enqueue': ['ruby', 'sidekiq_app.rb', 'enqueue'], 'produce': ['ruby', 'sidekiq_app.rb', 'produce'],
                 'worker': ['sidekiq', '-e', 'production', '-r', './sidekiq_app.rb', '-c', '10', '-q', 'default'],
                 'env': dict({'RUBYOPT': '-W0'}, **env)}, **more)


def bare(*args, **more):
    program = '{build}/bench-bare'
    return dict({'queue': 'bare', 'enqueue': [program, 'enqueue'], 'worker': [program, 'worker', *args],
                 'produce': [program, 'produce'], 'lat': 0, 'keeps': ONCE_MORE}, **more)


def packreport(settings, **more):
    env = dict({'BENCH_SETTINGS': ' '.join('%s=%s' % pair for pair in settings.items())}, **more.pop('env', {}))
    program = [PY, 'packreport.py']
    return dict({'queue': 'packreport', 'watch': 'packreport', 'keeps': FENCED, 'env': env, 'prepare': program + ['prepare'],
                 'enqueue': program + ['enqueue'], 'worker': program + ['worker'], 'produce': program + ['produce']}, **more)


NO_OP = {'store.kind': 'null', 'worker.max_jobs': 256, 'worker.threads': 1}
ALWAYS = {'appendonly': 'yes', 'appendfsync': 'always'}
HTTP = {'store.files': 'report.json', 'store.fsync': 'no', 'store.keep_count': 0, 'worker.max_jobs': 64, 'worker.threads': 1}
REAL = {'BENCH_ITEMS': '10', 'BENCH_RESOURCES': '100'}

ROWS = [
    packreport(NO_OP, name='packreportd', jobs=20000, note='one daemon, max_jobs 256, empty pack, null store'),
    bare('--script=batch', name='bare batched', jobs=20000, note='C, one EVALSHA per 64 jobs: the ceiling'),
    bare('--pipe', '64', name='bare pipelined', jobs=20000, note='C, 64 EVALSHAs in flight, one job each'),
    node('bullmq', name='BullMQ', jobs=20000, env={'BENCH_CONC': '100'}, keeps=ONCE_MORE, note='concurrency 100, removeOnComplete'),
    node('bee', name='bee-queue', jobs=20000, env={'BENCH_CONC': '100'}, keeps=ONCE_MORE,
         note='process(100), no events, storeJobs off, removeOnSuccess'),
    celery('prefork', 2, name='Celery acks_late', jobs=2500, env={'BENCH_ACKS_LATE': '1'}, keeps=ONCE_MORE,
           note='prefork -c 2, prefetch x128'),
    dict(queue='rq', name='RQ', jobs=2500, keeps=ONCE_MORE, note='SimpleWorker (no fork), result_ttl 0',
         enqueue=[PY, 'rq_jobs.py', 'enqueue'], produce=[PY, 'rq_jobs.py', 'produce'], worker=[PY, 'rq_jobs.py', 'worker']),
    sidekiq(name='Sidekiq', jobs=20000, keeps=NOTHING, note='-c 10 (default), BRPOP'),
    sidekiq(name='Sidekiq reliable', jobs=20000, env={'BENCH_RELIABLE': '1'}, keeps=ONCE_MORE, lat=0,
            note="-c 10, GitLab's reliable fetcher"),
    packreport(NO_OP, name='packreportd fsync always', jobs=20000, lat=0, config=ALWAYS,
               note='as the first row, Redis with appendfsync always'),
    packreport(HTTP, name='packreportd HTTP', jobs=10000, http=True, lat=5, note='max_jobs 64, report.json alone, fsync off, tmpfs'),
    bare('--conns', '32', '--stages', name='bare HTTP', jobs=20000, http=True, note='C, three batches in one write: the ceiling'),
    node('bullmq', name='BullMQ HTTP', jobs=5000, http=True, lat=5, env={'BENCH_CONC': '50'}, keeps=ONCE_MORE,
         note='concurrency 50, undici pool'),
    celery('threads', 4, name='Celery HTTP', jobs=1200, http=True, lat=0, env={'BENCH_ACKS_LATE': '1'}, keeps=ONCE_MORE,
           note='threads -c 4, urllib3 pool, acks_late'),
    sidekiq(name='Sidekiq HTTP', jobs=5000, http=True, lat=0, keeps=NOTHING, note='-c 10, Net::HTTP kept alive per thread'),
    packreport({}, name='packreportd whole reports', jobs=500, lat=0, env=REAL, store='disk',
               note='as installed: 10 items, 100 resources, all files, fsync on, on disk'),
]
