"""The wire contract: every message that crosses a process boundary, and nothing else.

Belongs here: frozen msgspec structs grouped by conversation (`commands`, `events`, `results`,
`progress`, `queries`, `logs`, `dead_letters`, and the `reports` that programs read from the command line),
the `envelope`s they travel in, the `subjects` grammar, the `codec`, `retired` versions with their upcasts,
and `jsonschema`, which publishes all of it in `docs/wire`. Does not belong here: behaviour, I/O, anything
that imports NATS or yt-dlp.

Versioning rule, in force from the first message ever written:

* adding a field means giving it a default; unknown fields are ignored by older readers;
* any other change makes a new struct with a new tag (`job.submitted.v2`); the old one moves to
  `schemas.retired` with a typed `upcast()` and stays readable for ever;
* every tag ever shipped has a golden file in `tests/contract/golden`, which is never edited.
"""
