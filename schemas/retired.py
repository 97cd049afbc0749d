"""Message versions no longer written, still read: each with the `upcast` to what replaced it.

To retire a struct, move it here under its old tag, give the successor a new tag, add the pair to
`RETIRED`, and leave its golden file alone. `tests/contract/test_retired_versions.py` walks through it with
an example.
"""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Retired(Protocol):
    """A struct that is only ever decoded. `upcast` may return another retired struct."""

    def upcast(self) -> object:
        """Give the struct of the following version with the same meaning."""


RETIRED: tuple[type, ...] = ()
"""Every retired event struct, in the order of retirement. None yet: 0.1.0 is the first version."""


def upcast(message: object) -> object:
    """Follow the upcasts until the message is of a version in use."""
    while isinstance(message, Retired):
        message = message.upcast()
    return message
