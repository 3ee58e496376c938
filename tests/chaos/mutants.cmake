# SPDX-License-Identifier: MIT
# What is wrong on purpose, one line of one queue script each: included by the tests of the chaos test and of the simulation
# (tests/sim), each of which says what packreport_broken makes of it.

# Whoever says that a job has ended is believed.
packreport_broken(fence SCRIPT finish
  FIND "return fence == ending.fence and owner == WORKER"
  REPLACE "return fence ~= nil")
# No token was ever seen before.
packreport_broken(token SCRIPT admit
  FIND "if entry.token == '' then"
  REPLACE "if entry.token then")
# The jobs of dead workers stay theirs.
packreport_broken(recovery SCRIPT sweep
  FIND "due(RUNNING, EXPIRED_MAX)"
  REPLACE "due(RUNNING, 0)")
# What an account has unfinished is not counted.
packreport_broken(count SCRIPT admit
  FIND "account.unfinished = account.unfinished + 1"
  REPLACE "account.unfinished = account.unfinished + 0")
# The jobs of living workers are taken away.
packreport_broken(lease SCRIPT sweep
  FIND "call('ZRANGE', place, '-inf', now, 'BYSCORE'"
  REPLACE "call('ZRANGE', place, '-inf', '+inf', 'BYSCORE'")
