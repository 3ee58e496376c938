// SPDX-License-Identifier: MIT
//
// The least that a reliable worker does to admit a job (idempotency check, lock, status) and to
// commit it (owner check, acknowledgement, idempotency mark, status, release of the lock).
#include "bare.h"

static const char ADMIT[] =
    "if redis.call('EXISTS',KEYS[2])==1 then return 0 end\n"
    "if not redis.call('SET',KEYS[1],ARGV[1],'NX','PX',ARGV[2]) then return -1 end\n"
    "redis.call('HSET',KEYS[3],'status','running','worker',ARGV[1],'started',ARGV[3])\n"
    "redis.call('HINCRBY',KEYS[3],'attempts',1)\n"
    "return 1\n";
static const char COMMIT[] =
    "if redis.call('GET',KEYS[2])~=ARGV[3] then return 0 end\n"
    "redis.call('SET',KEYS[3],'1','PX',ARGV[5])\n"
    "redis.call('HSET',KEYS[4],'status','done','finished',ARGV[4])\n"
    "redis.call('PEXPIRE',KEYS[4],ARGV[5])\n"
    "redis.call('XACK',KEYS[1],ARGV[1],ARGV[2])\n" BARE_XDEL_ONE "redis.call('DEL',KEYS[2])\n"
    "return 1\n";
// KEYS: lock,idem,hash per job
static const char ADMIT_BATCH[] =
    "local out={}\n"
    "for i=1,#KEYS,3 do\n"
    " local r=1\n"
    " if redis.call('EXISTS',KEYS[i+1])==1 then r=0\n"
    " elseif not redis.call('SET',KEYS[i],ARGV[1],'NX','PX',ARGV[2]) then r=-1\n"
    " else\n"
    "  redis.call('HSET',KEYS[i+2],'status','running','worker',ARGV[1],'started',ARGV[3])\n"
    "  redis.call('HINCRBY',KEYS[i+2],'attempts',1)\n"
    " end\n"
    " out[#out+1]=r\n"
    "end\n"
    "return out\n";
// KEYS: stream, then lock,idem,hash per job; ARGV: group,token,now,ttl, ids
static const char COMMIT_BATCH[] =
    "local ok,out={},{}\n"
    "for i=2,#KEYS,3 do\n"
    " local n=(i+1)/3\n"
    " if redis.call('GET',KEYS[i])==ARGV[2] then\n"
    "  redis.call('SET',KEYS[i+1],'1','PX',ARGV[4])\n"
    "  redis.call('HSET',KEYS[i+2],'status','done','finished',ARGV[3])\n"
    "  redis.call('PEXPIRE',KEYS[i+2],ARGV[4])\n"
    "  redis.call('DEL',KEYS[i])\n"
    "  ok[#ok+1]=ARGV[4+n]\n"
    "  out[n]=1\n"
    " else out[n]=0 end\n"
    "end\n"
    "if #ok>0 then\n"
    " redis.call('XACK',KEYS[1],ARGV[1],unpack(ok))\n" BARE_XDEL_ALL "end\n"
    "return out\n";
// one key per job: 'R:<token>' while running, 'D' when done
static const char ADMIT_LEAN[] =
    "local out={}\n"
    "for i=1,#KEYS do\n"
    " if redis.call('SET',KEYS[i],ARGV[1],'NX','PX',ARGV[2]) then out[i]=1\n"
    " elseif redis.call('GET',KEYS[i])=='D' then out[i]=0 else out[i]=-1 end\n"
    "end\n"
    "return out\n";
static const char COMMIT_LEAN[] =
    "local ok,out={},{}\n"
    "for i=2,#KEYS do\n"
    " if redis.call('GET',KEYS[i])==ARGV[2] then\n"
    "  redis.call('SET',KEYS[i],'D','PX',ARGV[4])\n"
    "  ok[#ok+1]=ARGV[3+i]\n"
    "  out[i-1]=1\n"
    " else out[i-1]=0 end\n"
    "end\n"
    "if #ok>0 then\n"
    " redis.call('XACK',KEYS[1],ARGV[1],unpack(ok))\n" BARE_XDEL_ALL "end\n"
    "return out\n";

const struct bare_scripts BARE_SCRIPTS[] = {
    [BARE_PER_JOB] = {ADMIT, COMMIT},
    [BARE_PER_BATCH] = {ADMIT_BATCH, COMMIT_BATCH},
    [BARE_LEAN] = {ADMIT_LEAN, COMMIT_LEAN},
};
