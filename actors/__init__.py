"""The actors: each an OS process of its own, with the same entry (`actor.run`), none importing another.

`jobs` owns the event log and decides; `metadata`, `download` and `storage` do the work it asks for; `logs`
keeps everybody's log lines. Their pure parts stand beside `actor.py`; what several need is in `ytarchive`.
"""
