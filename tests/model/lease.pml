/* SPDX-License-Identifier: MIT
 *
 * Claim, renew, finish and recovery of one job by two workers, for spin to go through every order of
 * events: scripts are atomic, and all between them is not. A worker may stop for any time between two
 * steps (another just goes first), lose any reply, or crash and forget what it held. A finish is a
 * message that may arrive late, after its sender has moved on.
 *
 * tests/model/run checks it, and that each of the faults below, put in on purpose, is found:
 *   NO_FENCE     finish looks at the owner alone
 *   NO_OWNER     finish and renew look at nothing: whoever writes last wins
 *   STALE_SWEEP  recovery decides in one step and writes in another
 *   EARLY_CLAIM  a claim gives the fence of the attempt before
 *   NO_REPLAY    finish does not know again what it has recorded already
 */

#define WORKERS 2
#define NOBODY 0
#define CRASHES_MAX 2

#ifndef FAULTS
#define FAULTS 3 /* crashes, lost replies and leases that run out, in all */
#endif

/* What Redis holds of the job. */
bool in_ready = true;
bool in_running, in_delayed, in_dead, is_done;
byte owner = NOBODY;
byte fence;       /* the counter */
byte job_fence;   /* of the last claim */
byte crashes;
bool lease_is_over; /* the job runs, and its lease has run out */
byte ended_by, ended_fence; /* the last ending that was recorded */

byte faults;
byte completions; /* endings accepted as complete */

mtype = {COMPLETE, RETRY};
typedef ending {
    bool is_sent;
    mtype outcome;
    byte by_fence;
};
ending on_the_way[WORKERS + 1]; /* one of each worker: its connection keeps order */
bool replied[WORKERS + 1], accepted[WORKERS + 1];

#define PLACES (in_ready + in_running + in_delayed + in_dead + is_done)
#define check_invariant()                                                                          \
    assert(PLACES == 1);                                                                           \
    assert(in_running == (owner != NOBODY))

#ifdef NO_OWNER
#define is_current(worker, its_fence) (in_running)
#else
#ifdef NO_FENCE
#define is_current(worker, its_fence) (in_running && owner == worker)
#else
#define is_current(worker, its_fence) (in_running && owner == worker && job_fence == its_fence)
#endif
#endif

#ifdef NO_REPLAY
#define is_known(worker, its_fence) false
#else
#define is_known(worker, its_fence) (ended_by == worker && ended_fence == its_fence)
#endif

inline leave_running() {
    in_running = false;
    owner = NOBODY;
    lease_is_over = false
}

/* The finish script, on the message of a worker. */
inline run_finish(worker) {
    atomic {
        on_the_way[worker].is_sent = false;
        if
        :: is_current(worker, on_the_way[worker].by_fence) ->
            /* No stale write: what is accepted was claimed last. */
            assert(on_the_way[worker].by_fence == fence);
            leave_running();
            ended_by = worker;
            ended_fence = on_the_way[worker].by_fence;
            if
            :: on_the_way[worker].outcome == COMPLETE ->
                is_done = true;
                completions++
            :: else -> in_delayed = true
            fi;
            accepted[worker] = true
        :: else -> accepted[worker] = is_known(worker, on_the_way[worker].by_fence)
        fi;
        assert(completions <= 1);
        check_invariant();
        replied[worker] = true
    }
}

/* Delivers what workers sent, sometime. */
active proctype network() {
end:
    do
    :: on_the_way[1].is_sent -> run_finish(1)
    :: on_the_way[2].is_sent -> run_finish(2)
    od
}

active [WORKERS] proctype worker() {
    byte me = _pid; /* network is 0 */
    byte my_fence;
    mtype my_outcome;
    bool has_renewed;
    bool was_recorded; /* by a finish whose reply got lost */
idle:
    was_recorded = false;
    has_renewed = false;
end:
    atomic {
        in_ready -> /* the claim script */
        in_ready = false;
        in_running = true;
        owner = me;
        fence++;
#ifdef EARLY_CLAIM
        job_fence = fence - 1;
#else
        job_fence = fence;
#endif
        my_fence = job_fence;
        lease_is_over = false;
        check_invariant()
    }
    do
    :: faults < FAULTS -> /* the reply is lost, or the worker crashes: it knows of no job */
        faults++;
        goto idle
    :: !has_renewed -> /* once is as good as often */
        has_renewed = true;
        atomic { /* the renew script */
            if
            :: is_current(me, my_fence) -> lease_is_over = false
            :: else -> goto idle
            fi
        }
    :: break
    od;
    if
    :: my_outcome = COMPLETE /* the report is published under its fence, and counts if finish says so */
    :: faults < FAULTS -> faults++; my_outcome = RETRY
    fi;
send: /* perhaps for the second time */
    atomic {
        !on_the_way[me].is_sent;
        replied[me] = false;
        on_the_way[me].by_fence = my_fence;
        on_the_way[me].outcome = my_outcome;
        on_the_way[me].is_sent = true
    }
    if
    :: replied[me] -> /* refused: what it made is void */
        /* A lost reply costs nothing: a report that is complete is not called void. (A retry may be:
         * the attempt behind it has ended meanwhile.) */
        assert(!was_recorded || my_outcome != COMPLETE || accepted[me]);
        goto idle
    :: faults < FAULTS -> /* the connection is gone: it may have arrived, or will, or never does */
        faults++;
        if
        :: atomic { replied[me] -> was_recorded = accepted[me] } /* it had: the reply was lost */
            goto send
        :: atomic { on_the_way[me].is_sent -> on_the_way[me].is_sent = false } /* it never will */
            goto send
        :: goto idle /* it crashed, and what it sent is still on the way */
        fi
    fi
}

/* Time: a lease may run out whenever its job runs, also right after a renewal. */
active proctype clock() {
end:
    do
    :: atomic { in_running && !lease_is_over && faults < FAULTS -> faults++; lease_is_over = true }
    :: atomic { /* a worker that forgot its job does not renew it */
            in_running && !lease_is_over && faults >= FAULTS -> lease_is_over = true
        }
    od
}

/* The sweep script of any worker. */
active proctype sweep() {
end:
    do
    :: atomic { in_delayed -> in_delayed = false; in_ready = true; check_invariant() }
#ifdef STALE_SWEEP
    :: in_running && lease_is_over -> /* decided */
        atomic {
#else
    :: atomic {
            in_running && lease_is_over ->
#endif
            leave_running();
            crashes++;
            if
            :: crashes >= CRASHES_MAX -> in_dead = true
            :: else -> in_ready = true
            fi;
            check_invariant()
        }
    od
}

/* Nothing accepted is lost: the job ends. */
ltl ends { <>(is_done || in_dead) }
