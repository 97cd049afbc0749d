"""A pool of persistent worker processes that can be killed at any moment, with everything they started.

`pool` is what its users see, `worker` one process seen from its parent, `child` what runs inside it. Nothing
here knows what the work is: only bytes cross the border, and the users encode their own structs.
"""

from ytarchive.workers.pool import WorkerPool
from ytarchive.workers.worker import WorkCrashed, WorkerDied

__all__ = ["WorkCrashed", "WorkerDied", "WorkerPool"]
