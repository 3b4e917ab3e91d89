"""What a database says when it fails, in our words and with what to do about it."""

from __future__ import annotations

from watchkeeper.errors import StateUnusable


def unusable(name: str, error: BaseException, secret: str = "") -> StateUnusable:
    """A database failure; `secret` (a password) is taken out of whatever the database said."""
    original = getattr(error, "orig", None) or error
    said = said_by(original).replace(secret, "***") if secret else said_by(original)
    message, remedy = _told(str(getattr(original, "sqlstate", None) or ""), said)
    return StateUnusable(f"the state store {name} {message} ({said})", remedy=remedy)


def out_of_reach(name: str, error: BaseException, secret: str = "") -> StateUnusable | None:
    """The failure, where it says that a sound store may be there that cannot be read now; None for damage, and for what nobody
    has an answer to."""
    failure = unusable(name, error, secret)
    return failure if failure.remedy in _PASSING else None


def said_by(error: BaseException) -> str:
    """The database's own words on one line. Of PostgreSQL's only the first sentence: its details quote the row."""
    diagnosis = getattr(getattr(error, "diag", None), "message_primary", None)
    return " ".join(str(diagnosis or error).split())


def _told(state: str, said: str) -> tuple[str, str]:
    for start, message, remedy in _STATES:
        if state and state.startswith(start):
            return message, remedy
    for sign, message, remedy in _SIGNS:
        if sign in said:
            return message, remedy
    return "failed", "check WATCHKEEPER_STATE_URL and that the database can be reached"


MEND = "`watchkeeper db check` names every damaged row, `watchkeeper db rebuild` makes them anew from both systems"
"""What to do about a row that is not as it was stored."""
REBUILD = (
    "move the file aside and run `watchkeeper sync`: links are rebuilt from the keys on both systems, "
    "nothing is created twice"
)
_LOCKED = ("is locked by another process", "wait for it or stop it, then run again")
_NO_TABLES = ("has no tables", "run `watchkeeper db upgrade`")
_OTHER_TABLES = ("has tables of another version", "run `watchkeeper db upgrade`")
_UNREACHABLE = (
    "cannot be reached",
    "check host and port in WATCHKEEPER_STATE_URL, and that the server runs and lets this machine in; then run again",
)
_CUT = ("was cut off", "run again: what was stored is kept, what was not is looked into")
_REFUSED = (
    "does not accept this sign-in",
    "check user and password (WATCHKEEPER_STATE_URL, or WATCHKEEPER_STATE_URL_FILE) and the server's pg_hba.conf",
)
_NO_DATABASE = ("does not exist", "create the database, or correct its name in WATCHKEEPER_STATE_URL")
_READ_ONLY_SERVER = (
    "is read-only",
    "name the primary server in WATCHKEEPER_STATE_URL, or take default_transaction_read_only from this user",
)
_CROWDED = (
    "has no connection left",
    "end other connections, raise max_connections or this user's limit, or put a pooler in front; then run again",
)
_FULL = ("has no room left", "free disk space, then run again; nothing was half-written")
_NO_RIGHT = (
    "does not allow that to this user",
    "let it own a database, or a schema that ?options=-csearch_path%3DSCHEMA in WATCHKEEPER_STATE_URL names",
)
_CERTIFICATE = (
    "cannot be trusted",
    "name its authority with ?sslrootcert=FILE in WATCHKEEPER_STATE_URL, and its host as the certificate does",
)
_DAMAGED_SERVER = (
    "is corrupt",
    "restore its backup, or use an empty database: links are rebuilt from the keys on both systems, nothing is created twice",
)
_ENCODING = (
    "cannot store every character",
    "use a database with encoding UTF8: CREATE DATABASE watchkeeper ENCODING 'UTF8' TEMPLATE template0",
)

_DISK = ("cannot be read or written", "check that the disk is sound and has room, then run again")
_READ_ONLY = ("is read-only", "give this account write access to the file and its folder")
_NO_FOLDER = ("cannot be opened", "check that the folder exists and that this account may write to it")
_NO_ACCESS = ("cannot be opened", "check that this account may read and write the file and its folder")
_PASSING = frozenset({remedy for _, remedy in (_LOCKED, _FULL, _DISK, _READ_ONLY, _NO_FOLDER, _NO_ACCESS)})

_STATES = (
    # PostgreSQL's, the longest first where one begins with another (postgresql.org/docs/current/errcodes-appendix.html).
    ("08P01", "was refused by a pooler", "see the pooler's log; WATCHKEEPER_STATE_URL may name the server itself"),
    ("08", *_CUT),
    ("22021", *_ENCODING),
    ("22P05", *_ENCODING),
    ("25006", *_READ_ONLY_SERVER),
    ("25P0", "gave up a transaction that took too long", "run again"),
    ("28", *_REFUSED),
    ("3D000", *_NO_DATABASE),
    ("3F000", "has no schema to work in", _NO_RIGHT[1]),
    ("40", "could not finish beside another process", "run again"),
    ("42501", *_NO_RIGHT),
    ("42P01", *_NO_TABLES),
    ("42703", *_OTHER_TABLES),
    ("53100", *_FULL),
    ("53200", "is out of memory", "give the server more memory or end other work, then run again"),
    ("53300", *_CROWDED),
    ("55P03", *_LOCKED),
    ("57014", "gave up a statement that took too long", "raise statement_timeout for this user, then run again"),
    ("57P03", "is starting or stopping", "run again in a minute"),
    ("57P", *_CUT),
    ("58", "cannot be read or written", "see the database server's log, then run again"),
    ("XX00", *_DAMAGED_SERVER),
)

_SIGNS = (
    ("database is locked", *_LOCKED),
    ("database table is locked", *_LOCKED),
    (
        "interrupted",
        "gave up a read that took too long",
        "ask for less at once, or again when the machine has less to do",
    ),
    ("disk is full", *_FULL),
    ("No space left", *_FULL),
    ("disk I/O error", *_DISK),
    ("readonly database", *_READ_ONLY),
    ("Read-only file system", *_READ_ONLY),
    ("unable to open", *_NO_FOLDER),
    ("No such file or directory", *_NO_FOLDER),
    ("Permission denied", *_NO_ACCESS),
    ("malformed", "is corrupt", REBUILD),
    ("Could not decode", "is corrupt", REBUILD),
    ("codec can't decode", "is corrupt", REBUILD),
    ("not a database", "is corrupt or not a database", REBUILD),
    ("no such table", *_NO_TABLES),
    ("no such column", *_OTHER_TABLES),
    # PostgreSQL before a session is there: libpq gives text alone, without a state.
    ("No module named 'psycopg'", "needs a driver", "install Watchkeeper with it: pip install 'watchkeeper[postgres]'"),
    ("too many clients", *_CROWDED),
    ("too many connections", *_CROWDED),
    ("remaining connection slots", *_CROWDED),
    ("QueuePool limit", *_CROWDED),
    ("authentication failed", *_REFUSED),
    ("no password supplied", *_REFUSED),
    ("pg_hba.conf", *_REFUSED),
    ("is not permitted to log in", *_REFUSED),
    ("certificate", *_CERTIFICATE),
    ("does not support SSL", *_CERTIFICATE),
    ("starting up", "is starting or stopping", "run again in a minute"),
    ("shutting down", "is starting or stopping", "run again in a minute"),
    ("does not exist", *_NO_DATABASE),
    ("connection failed", *_UNREACHABLE),
    ("connection timeout", *_UNREACHABLE),
    ("failed to resolve host", *_UNREACHABLE),
    ("server closed the connection", *_CUT),
    ("connection is lost", *_CUT),
    ("consuming input failed", *_CUT),
    ("connection is closed", *_CUT),
    ("SSL connection has been closed", *_CUT),
)
