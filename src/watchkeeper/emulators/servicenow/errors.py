"""Refusals as the Table API words them: `{"error": {"message", "detail"}, "status": "failure"}`."""

from __future__ import annotations

import hashlib

from watchkeeper.emulators.exchange import Response


class Refused(Exception):
    """A request that the instance answers with an error; `detail` may be null on the wire."""

    def __init__(self, status: int, message: str, detail: str | None = None) -> None:
        super().__init__(f"{status} {message}: {detail}")
        self.status = status
        self.message = message
        self.detail = detail

    def response(self) -> Response:
        error = {"message": self.message, "detail": self.detail}
        return Response.of_json(self.status, {"error": error, "status": "failure"})


def not_authenticated() -> Refused:
    return Refused(401, "User Not Authenticated", "Required to provide Auth information")


def invalid_table(name: str) -> Refused:
    return Refused(400, f"Invalid table {name}")


def no_such_resource() -> Refused:
    return Refused(400, "Requested URI does not represent any resource")


def no_record() -> Refused:
    return Refused(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def acl_exception(operation: str) -> Refused:
    """`operation` is Insert, Update or Delete."""
    return Refused(403, "Operation Failed", f"ACL Exception {operation} Failed due to security constraints")


def mandatory(*labels: str) -> Refused:
    detail = f"Data Policy Exception: The following fields are mandatory: {', '.join(labels)}"
    return Refused(403, "Operation Failed", detail)


def aborted(table: str, rule: str) -> Refused:
    """A before-rule called setAbortAction; its own message to the user is not in the answer."""
    identity = hashlib.md5(f"sys_script:{rule}".encode(), usedforsecurity=False).hexdigest()
    detail = (
        f"Operation against file '{table}' was aborted by Business Rule '{rule}^{identity}'. Business Rule Stack:{rule}"
    )
    return Refused(403, "Operation Failed", detail)


def closed_to_rest() -> Refused:
    """The table or the endpoint is not open to this account, whatever row it asks for."""
    return Refused(403, "User Not Authorized", "Failed API level ACL Validation")


def unqueryable(fields: tuple[str, ...]) -> Refused:
    """A query ACL forbids a condition or an order. Releases differ in whether the detail names the fields."""
    named = f": {', '.join(fields)}" if fields else ""
    detail = f"Field(s) present in the query do not have permission to be read{named}"
    return Refused(403, "Insufficient rights to query records", detail)


def duplicate_key(table: str, display: str, sys_id: str) -> Refused:
    """The database refuses a second row with one sys_id.

    Public reports agree on the database's own words (ServiceNowDocs, property glide.db.loguser; a1v0/a1v0.de,
    sql-errors-in-servicenow.md) and on "Error during insert of <table> (<display>)" for the aborted insert; no public
    record of the Table API's whole body was found, so clients should rely on the 403 alone.
    """
    cause = f"Unique Key violation detected by database (Duplicate entry '{sys_id}' for key 'PRIMARY')"
    return Refused(403, "Operation Failed", f"Error during insert of {table} ({display}): {cause}")


def not_emulated(what: str) -> Refused:
    """Something that the real instance can do and this emulator cannot: said aloud, never quietly different."""
    return Refused(400, "Not emulated", f"{what} exists on a real instance; this emulator does not have it")
