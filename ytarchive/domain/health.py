"""The archive's health as the log has it: the latest audits, and when the files of a job were last read."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from schemas.fixity import SCHEDULE
from schemas.fixity_events import FixityChecked
from ytarchive.domain.fixity import Audit

_KEPT: Final = 100
"""Audits that have ended, or were given up; the log has all."""


class Health:
    """Folded from the log. Memory: a moment and a node for each archived job, and some audits."""

    def __init__(self) -> None:
        self._audits: dict[str, Audit] = {}
        self._nodes: dict[str, str] = {}
        self._checked: dict[str, dict[str, datetime]] = {}

    @property
    def schedule(self) -> Audit:
        """How often everything is read."""
        return self.audit(SCHEDULE)

    @property
    def nodes(self) -> Mapping[str, Mapping[str, datetime]]:
        """When the files of each archived job were last read, by node, the longest ago first."""
        return self._checked

    def keeper(self, job_id: str) -> str:
        """Give the node that archived a job; empty for one that is not archived."""
        return self._nodes.get(job_id, "")

    def audit(self, audit_id: str) -> Audit:
        """Give an audit as it stands; one that is not known has version 0."""
        return self._audits.get(audit_id) or Audit(audit_id=audit_id)

    def audits(self) -> Iterator[Audit]:
        """Iterate over the audits that people began, oldest first, and the standing ones."""
        return (audit for audit in self._audits.values() if audit.audit_id != SCHEDULE)

    def hear_audit(self, audit: Audit) -> None:
        """Take an audit as it is now."""
        self._audits[audit.audit_id] = audit
        passing = [one.audit_id for one in self.audits() if not one.standing]
        for audit_id in passing[:-_KEPT]:
            del self._audits[audit_id]

    def hear_check(self, event: FixityChecked, at: datetime) -> None:
        """Files were looked at."""
        if not event.depth.reads:
            return
        for job_id in event.jobs:
            if node := self._nodes.get(job_id):
                self._read(job_id, node, at)

    def hear_archived(self, job_id: str, node: str, at: datetime) -> None:
        """Files were stored, and read back."""
        if (before := self._nodes.get(job_id, node)) != node:
            del self._checked[before][job_id]
        self._nodes[job_id] = node
        self._read(job_id, node, at)

    def _read(self, job_id: str, node: str, at: datetime) -> None:
        checked = self._checked.setdefault(node, {})
        checked.pop(job_id, None)  # so that it comes last
        checked[job_id] = at
