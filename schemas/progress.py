"""How far a worker is: for people's eyes, kept an hour in memory, never decided upon."""

from schemas.common import Stage
from schemas.envelope import ByteCount, JobId, Message, Moment, Rate, Seconds, Text


class Progress(Message, frozen=True, kw_only=True, tag="progress"):
    """One stream of one stage. `eta` is in seconds.

    `stream` is what a person calls it: ``video 720p avc1``, ``audio 128k mp4a``, ``verifying``.
    """

    job_id: JobId
    stage: Stage
    at: Moment
    stream: Text = ""
    title: Text = ""
    bytes: ByteCount = 0
    total: ByteCount | None = None
    speed: Rate | None = None
    eta: Seconds | None = None
    done: bool = False
