"""Nobody is given a server beside the one they named."""

from collections.abc import Callable

import msgspec
import pytest

from cli import serve
from ytarchive.errors import UsageError
from ytarchive.settings import Settings


@pytest.mark.parametrize(("run", "hint"), [(serve.up, "ytarchive actor NAME"), (serve.server, "Unset")])
def test_who_names_a_server_is_not_run_another(run: Callable[[Settings], int], hint: str) -> None:
    elsewhere = msgspec.structs.replace(Settings(), nats_url="nats://127.0.0.1:1")
    with pytest.raises(UsageError, match="there is none to run here") as refused:
        run(elsewhere)
    assert hint in refused.value.hint
