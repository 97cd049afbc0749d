"""Whether a subject falls under a filter, as NATS documents it."""


def matches(pattern: str, subject: str) -> bool:
    """``*`` stands for one token, ``>`` at the end for one or more."""
    wanted, found = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        return len(found) >= len(wanted) and matches(
            ".".join(wanted[:-1]), ".".join(found[: len(wanted) - 1])
        )
    return len(wanted) == len(found) and all(a in ("*", b) for a, b in zip(wanted, found, strict=True))
