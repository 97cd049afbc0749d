"""The decisions, pure: no clock, no randomness, no I/O, no log, nothing that awaits.

`job` is the aggregate, `decider` what happens to it, `evolve` what that makes of it, `archive_saga` what its
state asks of workers, `breaker` when nobody may go on, `views` how a job is shown, `catalogue` what the
archive holds, `replay` how the log is verified, `audit` what must be on disk, `links` which URLs are taken.
Time, ids and policies come in as arguments.
"""
