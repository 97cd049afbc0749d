"""What is shown, as Rich renderables: pure functions of jobs, events and reports. No bus, no clock.

`words` says things, `progress` is what moves, `jobs` and `batches` the tables, `tables` puts them below each
other, `preview` what a list holds, `proof` replays, `fixity` what audits brought, `repairs` what was mended,
`standards` exports and checksums, `recovery` what does not work, `log_lines` log lines, `settings` those,
`event_log` the log as a file, `wishes` how videos are kept.
"""

from cli.render.batches import (
    batch_end,
    batch_now,
    batch_state,
    batch_status,
    batch_total,
    member,
    overview,
)
from cli.render.event_log import (
    backed_up,
    log_exported,
    log_imported,
    log_signed,
    log_verified,
    restored,
    signing_key,
)
from cli.render.jobs import detail, event, files, jobs_table, status, timeline
from cli.render.log_lines import log_line, said, styled_log_line
from cli.render.progress import at_work, board, change, counts, outcome, unavailable
from cli.render.proof import audit, audits, fault, folded, schedule
from cli.render.repairs import quarantine, repaired
from cli.render.settings import checked, limits, logins, problem, settings
from cli.render.standards import compared, exported, sums, unknown, wrong
from cli.render.wishes import in_words, profiles
from cli.render.words import (
    RESTING,
    STYLES,
    absent,
    clock,
    length,
    name_of,
    paced,
    refused,
    resting,
    state_text,
)

__all__ = [
    "RESTING",
    "STYLES",
    "absent",
    "at_work",
    "audit",
    "audits",
    "backed_up",
    "batch_end",
    "batch_now",
    "batch_state",
    "batch_status",
    "batch_total",
    "board",
    "change",
    "checked",
    "clock",
    "compared",
    "counts",
    "detail",
    "event",
    "exported",
    "fault",
    "files",
    "folded",
    "in_words",
    "jobs_table",
    "length",
    "limits",
    "log_exported",
    "log_imported",
    "log_line",
    "log_signed",
    "log_verified",
    "logins",
    "member",
    "name_of",
    "outcome",
    "overview",
    "paced",
    "problem",
    "profiles",
    "quarantine",
    "refused",
    "repaired",
    "resting",
    "restored",
    "said",
    "schedule",
    "settings",
    "signing_key",
    "state_text",
    "status",
    "styled_log_line",
    "sums",
    "timeline",
    "unavailable",
    "unknown",
    "wrong",
]
