"""Speaking to a home's server directly, as somebody who has a login and means no good."""

import contextlib
from collections.abc import AsyncIterator

from tests.e2e.home import Home
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import load_credentials


@contextlib.asynccontextmanager
async def connected(home: Home, role: str) -> AsyncIterator[Bus]:
    """Connect to the server that runs there, with the login of `role`."""
    server = home.server
    async with connect(
        server.url, load_credentials(server.credentials, role), name="test", patience=10
    ) as bus:
        yield bus
