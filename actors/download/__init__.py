"""The download actor: brings media and sidecars into a job's staging folder, in killable workers."""
