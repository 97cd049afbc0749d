"""Text that is shown or kept is without passwords."""

import re
from typing import Final

_PASSWORD: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)|(?<=password[ =])\S+")


def without_passwords(text: str) -> str:
    """Give text with stars where passwords stand: in addresses, and behind options that are called so."""
    return _PASSWORD.sub("***", text)
