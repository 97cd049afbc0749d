"""The table of what errors outside yt-dlp mean: ordered rows, of which the first that fits decides.

Disks, connections, the NATS server, ffmpeg, our own workers. yt-dlp's are in `ytarchive.ytdlp.failure_rules`.
"""

import errno
from typing import Final

import msgspec

from schemas.common import Category


class Cause(msgspec.Struct, frozen=True):
    """One row: everything stated must fit.

    `error` is the full name of a class, bases included; `errno` holds numbers of the operating system, `code`
    those of JetStream; `said` is a regular expression, found anywhere in the message, in any case. ``JOB`` in
    a hint stands for the job's id.
    """

    category: Category
    hint: str
    error: str = ""
    errno: tuple[int, ...] = ()
    code: tuple[int, ...] = ()
    said: str = ""


_AGAIN: Final = "Tried again by itself."
_SPACE: Final = "Free some space: the job goes on by itself."
_RETRY: Final = "then `ytarchive retry JOB`."
_SERVER: Final = f"The NATS server does not answer. {_AGAIN}"
_ACCESS: Final = f"The NATS server refuses us: check YTARCHIVE_NATS_CREDENTIALS, {_RETRY}"

CAUSES: Final[tuple[Cause, ...]] = (
    # errors that number themselves otherwise than the operating system
    Cause(Category.NETWORK, f"A name cannot be looked up. {_AGAIN}", error="socket.gaierror"),
    Cause(
        Category.ENVIRONMENT,
        f"The certificate of the other side is not trusted here: see to that, {_RETRY}",
        error="ssl.SSLCertVerificationError",
    ),
    Cause(Category.NETWORK, _AGAIN, error="ssl.SSLError"),
    # disks, also where ffmpeg or the NATS server tells of them
    Cause(Category.DISK, _SPACE, errno=(errno.ENOSPC, errno.EDQUOT)),
    Cause(Category.DISK, _SPACE, said=r"no space left on device|disk quota exceeded"),
    Cause(
        Category.DISK,
        "The NATS server's store is full: give it more room, or let it keep fewer logs.",
        code=(10047, 10077),
    ),
    Cause(
        Category.ENVIRONMENT,
        f"Check YTARCHIVE_LIBRARY_DIR and its permissions, {_RETRY}",
        errno=(errno.EACCES, errno.EPERM, errno.EROFS),
    ),
    Cause(Category.ENVIRONMENT, f"The disk is failing: look after it, {_RETRY}", errno=(errno.EIO,)),
    Cause(
        Category.ENVIRONMENT,
        f"The disk has gone: mount it again, {_RETRY}",
        errno=(errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ENOTCONN),
    ),
    Cause(
        Category.BUG,
        f"Too many files are open: raise the limit (`ulimit -n`). {_AGAIN}",
        errno=(errno.EMFILE, errno.ENFILE),
    ),
    Cause(
        Category.BUG,
        f"The machine has no memory or processes left: lower YTARCHIVE_DOWNLOAD_WORKERS. {_AGAIN}",
        errno=(errno.ENOMEM, errno.EAGAIN),
    ),
    # media
    Cause(
        Category.MEDIA,
        "Look after that disk. The download is repeated.",
        error="ytarchive.library.transfer.TransferError",
    ),
    Cause(Category.MEDIA, "The download is repeated.", error="ytarchive.library.probe.ProbeError"),
    Cause(
        Category.MEDIA,
        "ffmpeg could not work on the media; it is downloaded again.",
        error="builtins.ChildProcessError",
        said=r"ffmpeg",
    ),
    # our own workers
    Cause(
        Category.BUG,
        "The worker process was ended, perhaps for lack of memory: `ytarchive logs --job JOB` tells more. "
        f"{_AGAIN}",
        error="ytarchive.workers.worker.WorkerDied",
    ),
    # the NATS server
    Cause(
        Category.ENVIRONMENT, _ACCESS, error="nats.errors.Error", said=r"authorization|permissions violation"
    ),
    Cause(
        Category.ENVIRONMENT,
        "JetStream is not enabled for our account at the NATS server.",
        code=(10039,),
    ),
    Cause(
        Category.ENVIRONMENT,
        "The NATS server takes smaller messages than ours: raise its `max_payload` to 1 MB or more.",
        error="nats.errors.MaxPayloadError",
    ),
    Cause(Category.REQUEST, "What was asked for is not there.", error="nats.js.errors.NotFoundError"),
    Cause(
        Category.BUG,
        f"The NATS server takes the request for wrong. {_AGAIN}",
        error="nats.js.errors.BadRequestError",
    ),
    Cause(Category.NETWORK, _SERVER, error="nats.errors.Error"),
    # connections
    Cause(Category.NETWORK, _AGAIN, error="builtins.TimeoutError"),
    Cause(Category.NETWORK, _AGAIN, error="builtins.ConnectionError"),
    Cause(
        Category.NETWORK,
        _AGAIN,
        errno=(errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN),
    ),
    # whatever else a file system says
    Cause(Category.ENVIRONMENT, f"See what it says, {_RETRY}", error="builtins.OSError"),
)
UNFORESEEN: Final = Cause(Category.BUG, f"`ytarchive logs --job JOB` has the whole story. {_AGAIN}")
