"""Effects: NATS, processes, signals, logs. What decides anything lives in `domain`, not here.

`topology` declares the streams, `bus` connects, `event_log` appends and reads, `consumer` is the one cycle
fetch → decode → handle → ack, `process` runs an actor, `server` and `supervisor` run everything at once.
"""
