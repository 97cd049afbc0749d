"""Messages that come before what they go on with."""

from typing import TYPE_CHECKING, Final

from schemas.commands import ExtendBatch
from schemas.fixity_commands import FinishAudit, RecordAudit

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue

_PATIENCE: Final = 100
"""Deliveries for which a part of a batch, or an audit, waits for that itself."""


def early(catalogue: "Catalogue", body: object, delivery: int) -> bool:
    """Tell whether what has to come before a portion of a batch, or an audit, is still on its way."""
    match body:
        case ExtendBatch(batch_id=batch_id, part=part):
            batch = catalogue.batch(batch_id)
            known, due = batch.version > 0, batch.more and part > batch.parts + 1
        case RecordAudit(audit_id=audit_id, part=part):
            audit = catalogue.health.audit(audit_id)
            known, due = audit.version > 0, part > audit.parts + 1
        case FinishAudit(audit_id=audit_id, parts=parts):
            audit = catalogue.health.audit(audit_id)
            known, due = audit.version > 0, parts > audit.parts
        case _:
            return False
    return due if known else delivery <= _PATIENCE
