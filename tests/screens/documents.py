"""Record the screens in the documents.

``python -m tests.screens.documents`` fills every ``console`` block with what its commands print now, in some
minutes; names of documents choose.
"""

import sys
from collections.abc import Callable
from typing import Final

from tests.e2e.home import Home
from tests.screens import archive, everyday, operations, page
from tests.ytsim.server import YtSim

STORIES: Final[dict[str, Callable[[Home, YtSim], None]]] = {
    "README.md": everyday.readme,
    "docs/archive.md": archive.record,
    "docs/configuration.md": everyday.configuration,
    "docs/operations.md": operations.record,
}


def main() -> None:
    """Record the named documents, all if none is named."""
    for name in sys.argv[1:] or STORIES:
        with YtSim.spawn(videos=60) as sim, page.mine(sim) as home:
            STORIES[name](home, sim)
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
