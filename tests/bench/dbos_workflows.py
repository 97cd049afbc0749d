"""``python -m tests.bench.dbos_workflows NUMBER FOLDER [wal]``: so many workflows by DBOS on SQLite.

Each has four steps, and a step records no more than that it was done, synced to the disk before the next
begins. What it took is printed as JSON: seconds of the clock and of the processor.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig
from sqlalchemy import Engine, event


def main(number: int, folder: Path, *, wal: bool) -> None:
    """Run them one after the other, which DBOS does faster than many at a time."""

    def connected(connection: Any, _record: object) -> None:
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    def one(value: int) -> int:
        return value

    def four(value: int) -> int:
        done: int = step(step(step(step(value))))
        return done

    event.listens_for(Engine, "connect")(connected)
    database = f"sqlite:///{folder / 'dbos.sqlite'}"
    DBOS(
        config=DBOSConfig(
            name="bench", system_database_url=database, log_level="WARNING", run_admin_server=False
        )
    )
    step, workflow = DBOS.step()(one), DBOS.workflow()(four)
    DBOS.launch()
    workflow(number)
    wall, cpu = time.perf_counter(), time.process_time()
    for value in range(number):
        workflow(value)
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))
    DBOS.destroy()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), wal="wal" in sys.argv[3:])
