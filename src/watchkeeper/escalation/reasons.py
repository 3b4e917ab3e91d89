"""Why a verdict is what it is: stable codes, and the English sentence of each. Reports translate by code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """Why a verdict has its kind; the arguments of each are the names in its sentence."""

    HUMAN_UPDATE = "human-update"
    CREATED_TODAY = "created-today"
    CLOSED_TODAY = "closed-today"
    ON_HOLD = "on-hold"
    WAIVED = "waived"
    NOT_YET = "not-yet"
    HANDED_OVER = "handed-over"
    COVERED_BY_PARENT = "covered-by-parent"
    AWAITING_CLOSE = "awaiting-close"
    DUE_TODAY = "due-today"
    NO_UPDATE = "no-update"
    NO_UPDATE_AT_LEAST = "no-update-at-least"
    NO_UPDATE_YET = "no-update-yet"
    NO_UPDATE_YET_AT_LEAST = "no-update-yet-at-least"
    DUE_WITHIN_HOURS = "due-within-hours"
    NOT_OVER = "not-over"
    SILENT_HOURS = "silent-hours"
    SILENT_HOURS_AT_LEAST = "silent-hours-at-least"
    GAP_OF_HOURS = "gap-of-hours"
    DUE_IN_SHIFT = "due-in-shift"
    MISSED_SHIFTS = "missed-shifts"
    UNKNOWN_AUTHOR = "unknown-author"
    SIDES_CANNOT_TELL = "sides-cannot-tell"


class Why(StrEnum):
    """Why a deed counts as a human update, or why it does not."""

    COUNTS = "counts"
    UNCLASSIFIED_AUTHOR = "unclassified-author"
    MIRROR = "mirror"
    FIELD_NOT_HUMAN = "field-not-human"
    NO_CHANGE = "no-change"


class Flag(StrEnum):
    """What a person should look at although it does not change the verdict."""

    SHORT = "short"
    REPEATED = "repeated"
    HOLD_EXPIRED = "hold-expired"
    WAIVER_EXPIRED = "waiver-expired"
    HOLD_WITHOUT_REASON = "hold-without-reason"
    HOLD_REASON_NOT_ACCEPTED = "hold-reason-not-accepted"
    FOLLOW_UP_UNREADABLE = "follow-up-unreadable"
    UNCLASSIFIED_AUTHORS = "unclassified-authors"
    SIDE_CANNOT_TELL = "side-cannot-tell"
    UNASSIGNED = "unassigned"
    LEFT_POPULATION = "left-population"


class Excluded(StrEnum):
    """Why a record that a side listed is not an escalation of the judged day."""

    OWN_MAINTENANCE = "own-maintenance"
    OUTSIDE_POPULATION = "outside-population"
    CLOSED_EARLIER = "closed-earlier"
    CREATED_LATER = "created-later"
    DAY_OFF = "day-off"
    MERGED = "merged"
    DUPLICATE = "duplicate"


SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.HUMAN_UPDATE: "{author} updated it in {side} at {at} ({what})",
        Reason.CREATED_TODAY: "it was created at {at}, which satisfies that day",
        Reason.CLOSED_TODAY: "it was closed at {at}, not by a person; nothing is left to update",
        Reason.ON_HOLD: "it is on hold ({hold_reason}) and has no duty before {until}",
        Reason.WAIVED: "{approver} released it from the daily update until {until}: {waiver} ({place})",
        Reason.NOT_YET: "it arrived at {at}; its first duty is on {first_duty}",
        Reason.HANDED_OVER: "it was handed to this team at {at}; its first duty there is on {first_duty}",
        Reason.COVERED_BY_PARENT: "its parent {parent} covers it: {author} updated that in {side} at {at}",
        Reason.AWAITING_CLOSE: "it was resolved by {at} and waits to be closed by the system; nothing is left to update",
        Reason.DUE_TODAY: "no human update yet on {day}; it is due by {cut_off}",
        Reason.NO_UPDATE: "no human update on {day}; working days without one: {count}",
        Reason.NO_UPDATE_AT_LEAST: "no human update on {day}; working days without one: at least {count}",
        Reason.NO_UPDATE_YET: "no human update on {day}; working days without one: {count}; the next is due by {cut_off}",
        Reason.NO_UPDATE_YET_AT_LEAST: "no human update on {day}; working days without one: at least {count}; the next is due by {cut_off}",
        Reason.DUE_WITHIN_HOURS: "no human update since {since}; one is due within 24 hours of working days",
        Reason.NOT_OVER: "the 24 hours of working days since {since} were not over when the day ended",
        Reason.SILENT_HOURS: "no human update for over {hours} hours of working days; at most 24 are allowed",
        Reason.SILENT_HOURS_AT_LEAST: "no human update for at least {hours} hours of working days; at most 24 are allowed",
        Reason.GAP_OF_HOURS: "it went over {hours} hours of working days without a human update; at most 24 are allowed",
        Reason.DUE_IN_SHIFT: "no human update yet in the shift {shift}; it is due by {until}",
        Reason.MISSED_SHIFTS: "no human update in these shifts of {day}: {shifts}",
        Reason.UNKNOWN_AUTHOR: "only {authors} updated it, and nobody has said whether that is a person (see `audit --authors`)",
        Reason.SIDES_CANNOT_TELL: "no system can tell who updated it: {reasons}",
    }
)


def sentence(reason: Reason, arguments: Mapping[str, str]) -> str:
    """The English sentence; values come from tickets and are left as they are (a report neutralises them)."""
    return SENTENCES[reason].format_map(arguments)
