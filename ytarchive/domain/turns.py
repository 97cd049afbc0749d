"""A queue that is fair: by priority, then each batch in turn, and in each what came first."""

from schemas.common import Priority


class Turns:
    """Who waits for a turn, by id. What is of no batch counts as one more batch."""

    def __init__(self) -> None:
        self._waiting: dict[Priority, dict[str, dict[str, None]]] = {priority: {} for priority in Priority}
        self._places: dict[str, tuple[Priority, str]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def put(self, name: str, priority: Priority, batch: str) -> None:
        """Let somebody wait, at the end of its batch; who waits already keeps the place."""
        if name not in self._places:
            self._places[name] = priority, batch
            self._waiting[priority].setdefault(batch, {})[name] = None

    def drop(self, name: str) -> None:
        """Let somebody wait no longer."""
        if place := self._places.pop(name, None):
            priority, batch = place
            waiting = self._waiting[priority][batch]
            del waiting[name]
            if not waiting:
                del self._waiting[priority][batch]

    def take(self) -> str | None:
        """Give whose turn it is; after that it is the next batch's. None where nobody waits."""
        for batches in self._waiting.values():
            for batch, waiting in batches.items():
                name = next(iter(waiting))
                self.drop(name)
                if waiting:  # to the end of the round
                    batches[batch] = batches.pop(batch)
                return name
        return None
