"""What kept something from being read, decided or written, and what to do about it: stable codes and English sentences.

Every sentence is one piece: what stands behind a semicolon is a code of its own, so that a remedy that several troubles share
is said in one way. `why` and its like hold sentences of ours as well as a system's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Trouble(StrEnum):
    # What a run left undone
    UNFINISHED = "unfinished"
    RERUN = "rerun"
    NEEDS_PERSON = "needs-person"
    NO_PROFILE_WRITE = "no-profile-write"
    GROUP_UNRESOLVED = "group-unresolved"
    OWNER_UNKNOWN = "owner-unknown"
    CUT_SHORT = "cut-short"
    UNSHOWN_WAITS = "unshown-waits"
    VALVE_STOPPED = "valve-stopped"
    VALVE_CLOSED = "valve-closed"
    LEFT_WAITS = "left-waits"
    TABLE_NAMED_IN = "table-named-in"
    NO_FIELD = "no-field"
    NO_FIELD_NEAR = "no-field-near"
    WITHOUT_IT = "without-it"
    # What a system said, or did not
    ON_SIDE = "on-side"
    ASKS_TO_WAIT = "asks-to-wait"
    HELD_BACK = "held-back"
    GOES_ON = "goes-on"
    TIME_USED_UP = "time-used-up"
    TIME_IS_UP = "time-is-up"
    DEADLINE_PASSED = "deadline-passed"
    NOTHING_BEGUN = "nothing-begun"
    CALLS_USED_UP = "calls-used-up"
    STOP_ASKED = "stop-asked"
    GOES_ON_OR_RAISE = "goes-on-or-raise"
    CANNOT_CONNECT = "cannot-connect"
    PROXY_REFUSES = "proxy-refuses"
    NAME_UNKNOWN = "name-unknown"
    NO_NAME = "no-name"
    CONNECTION_REFUSED = "connection-refused"
    NO_CONNECTION = "no-connection"
    NOBODY_ANSWERED = "nobody-answered"
    CHECK_ADDRESS = "check-address"
    SET_ADDRESSES = "set-addresses"
    UNTRUSTED = "untrusted"
    NAME_CA = "name-ca"
    ANSWERED = "answered"
    ANSWERED_BARE = "answered-bare"
    CHECK_CREDENTIALS = "check-credentials"
    CHECK_OAUTH = "check-oauth"
    GIVE_RIGHTS = "give-rights"
    WEB_PAGE = "web-page"
    UNUSABLE = "unusable"
    MAYBE_WRITTEN = "maybe-written"
    NOT_IN_TIME = "not-in-time"
    DROPPED = "dropped"
    NOT_DONE = "not-done"
    FEWER_WORKERS = "fewer-workers"
    MODE_FORBIDS = "mode-forbids"
    SET_MODE = "set-mode"
    # What a script's download came to
    SCRIPT_OFF_LIST = "script-off-list"
    SCRIPT_LED_AWAY = "script-led-away"
    SCRIPT_LED_ON = "script-led-on"
    SCRIPT_TOO_LONG = "script-too-long"
    SCRIPT_SIGN_IN = "script-sign-in"
    SCRIPT_PAGE = "script-page"
    SCRIPT_EMPTY = "script-empty"
    SCRIPT_PARTLY = "script-partly"
    SCRIPT_PACKED = "script-packed"
    ALLOW_SOURCE = "allow-source"
    ALLOW_LENGTH = "allow-length"
    HEALTH_OFF = "health-off"
    TURN_ON_HEALTH = "turn-on-health"
    # Fields that are left alone
    NOT_MAPPED = "not-mapped"
    NOT_MAPPED_AS = "not-mapped-as"
    WOULD_LOWER = "would-lower"
    LOWERED = "lowered"
    BOTH_CHANGED = "both-changed"
    SIDES_DIFFER = "sides-differ"
    PERSON_CHOOSES = "person-chooses"
    CLOSED_AND_OPEN = "closed-and-open"
    CLOSE_OR_REOPEN = "close-or-reopen"
    FIELD_UNSHOWN = "field-unshown"
    CANNOT_HOLD = "cannot-hold"
    CLOSE_STAYS = "close-stays"
    CLOSED_BY_STRANGER = "closed-by-stranger"
    CLOSER_UNREAD = "closer-unread"
    NOBODY_KNOWN = "nobody-known"
    NO_CLOSURE = "no-closure"
    CLOSE_NEEDS = "close-needs"
    # Records that are left alone
    GONE = "gone"
    OTHER_LEFT = "other-left"
    UNREAD = "unread"
    UNSEEN = "unseen"
    UNTIL_SEEN = "until-seen"
    MAY_READ = "may-read"
    OLDER_SHOWN = "older-shown"
    ROW_UNREAD = "row-unread"
    OTHERS_WENT_ON = "others-went-on"
    LOOK_AT_IT = "look-at-it"
    LOOKS_AGAIN = "looks-again"
    SAME_KEY = "same-key"
    CLOSE_DUPLICATE = "close-duplicate"
    OWNERS_STALE = "owners-stale"
    OWNERS_OPEN_LATER = "owners-open-later"
    OWNERS_CLOSE_LATER = "owners-close-later"
    OWNER_WITHDRAWN = "owner-withdrawn"
    OWNER_MOVED = "owner-moved"
    CLOSED_UNMENDED = "closed-unmended"
    CLOSE_IF_NOTHING_LEFT = "close-if-nothing-left"
    REOPEN_OR_EXCEPT = "reopen-or-except"
    NEVER_DELETED = "never-deleted"
    NOT_THE_ONLY = "not-the-only"
    KEEP_ONE = "keep-one"
    MAINTENANCE_ALONE = "maintenance-alone"
    NOT_IN_PLAN = "not-in-plan"
    NEW_PLAN = "new-plan"
    NOT_SENT_AGAIN = "not-sent-again"
    NOT_TAKEN = "not-taken"
    FIELDS_NOT_TAKEN = "fields-not-taken"
    NOT_HELD = "not-held"
    CHANGE_IT = "change-it"
    # Groups, owners, choices and fields by name
    NO_GROUP = "no-group"
    SEVERAL_GROUPS = "several-groups"
    GROUPS_UNREAD = "groups-unread"
    NEAR = "near"
    NEVER_UNASSIGNED = "never-unassigned"
    CORRECT_GROUP = "correct-group"
    TICKETS_UNSEEN = "tickets-unseen"
    CORRECT_GROUP_ANYWHERE = "correct-group-anywhere"
    NO_OWNER = "no-owner"
    NEVER_OWNERLESS = "never-ownerless"
    CORRECT_OWNER = "correct-owner"
    OWNER_UNVERIFIED = "owner-unverified"
    USERS_UNREAD = "users-unread"
    NOBODY_LIKE_IT = "nobody-like-it"
    AS_IT_STANDS = "as-it-stands"
    CHECK_SPELLING = "check-spelling"
    NO_CHOICE = "no-choice"
    NAME_A_CHOICE = "name-a-choice"
    CLOSE_WAITS = "close-waits"
    CORRECT_FIELD = "correct-field"
    UNTIL_THEN = "until-then"
    # What became of writes
    AFTER_FAILED = "after-failed"
    CHANGED_MEANWHILE = "changed-meanwhile"
    NUMBER_UNKNOWN = "number-unknown"
    EARLIER_UNSEEN = "earlier-unseen"
    EARLIER_NOT_YET = "earlier-not-yet"
    REPLACED_NOT_YET = "replaced-not-yet"
    TOUCHES_NOT_YET = "touches-not-yet"
    REMAPPED = "remapped"
    REMAPPED_QUIET = "remapped-quiet"
    REMAPPED_APART = "remapped-apart"
    NOT_WANTED = "not-wanted"
    WRITTEN_BEFORE = "written-before"
    FILE_NOT_TAKEN = "file-not-taken"
    HAPPENED_BEFORE = "happened-before"
    ARRIVED_LATE = "arrived-late"
    MOVED_ON = "moved-on"
    DECIDED_AFRESH = "decided-afresh"
    COMMENTS_UNREAD = "comments-unread"
    COMMENTS_UNSHOWN = "comments-unshown"
    COMMENTS_FEWER = "comments-fewer"
    NOT_FOUND = "not-found"
    INTERRUPTED = "interrupted"
    LEFT_UNDER_WAY = "left-under-way"
    NEXT_FINDS_OUT = "next-finds-out"
    REST_FOLLOWS = "rest-follows"
    FOREIGN_PAIR = "foreign-pair"
    BY_HAND = "by-hand"
    # What a person ordered
    PAUSED = "paused"
    RETIRED = "retired"
    GIVEN_REASON = "given-reason"
    PAUSED_UNTIL = "paused-until"
    UNTIL_RESUMED = "until-resumed"
    BRING_BACK = "bring-back"
    PAUSED_FOR_UNDO = "paused-for-undo"
    WHILE_PAUSED = "while-paused"
    # What an undo leaves, and what it keeps from being done again
    CHANGED_BY = "changed-by"
    CHANGED_SINCE = "changed-since"
    LEFT_TO_THEM = "left-to-them"
    WRITTEN_AGAIN = "written-again"
    UNDO_THAT_FIRST = "undo-that-first"
    HISTORY_LAGS = "history-lags"
    UNDO_LATER = "undo-later"
    BEFORE_UNKNOWN = "before-unknown"
    PAIR_MOVED = "pair-moved"
    NO_WAY_BACK = "no-way-back"
    CHANGE_BY_HAND = "change-by-hand"
    CREATE_STAYS = "create-stays"
    CLOSE_BY_HAND = "close-by-hand"
    COMMENT_STAYS = "comment-stays"
    STAYS_WRITTEN = "stays-written"
    AGREEMENT_UNKNOWN = "agreement-unknown"
    COMPARE_BY_HAND = "compare-by-hand"
    UNFINISHED_BEFORE = "unfinished-before"
    SYNC_FIRST = "sync-first"
    UNDONE_HERE = "undone-here"
    MARKED_AS = "marked-as"
    WAS_UNDONE = "was-undone"
    CORRECT_MAPPING = "correct-mapping"
    PAIR_TAKEN = "pair-taken"
    PAIR_NOTHING = "pair-nothing"
    PAIR_SEVERAL = "pair-several"
    PAIRED_AS = "paired-as"
    PAIRED = "paired"
    PAIR_OURS = "pair-ours"
    PAIR_CLAIMED = "pair-claimed"
    # What a run found out about its own memory
    OLDER_COPY = "older-copy"
    OLDER_SEEN = "older-seen"
    OLDER_TOLD = "older-told"
    OLDER_READ = "older-read"
    OLDER_NEXT = "older-next"
    OLDER_COMPARED = "older-compared"
    MEMORY_LOST = "memory-lost"
    REBUILT = "rebuilt"
    TAKEN_OVER = "taken-over"
    # What people have to know of the systems
    ONBOARDED = "onboarded"
    TICKET_IS_RECORD = "ticket-is-record"
    # What an audit could not do
    REFUSED_US = "refused-us"
    PARTLY_READ = "partly-read"
    RECORD_UNREAD = "record-unread"
    NO_ANSWER = "no-answer"
    FAILS_ON = "fails-on"
    NUDGES_UNSENT = "nudges-unsent"
    NO_WORD_ON_NUDGE = "no-word-on-nudge"
    NUDGE_UNDER_WAY = "nudge-under-way"
    PEOPLE_UNKNOWN = "people-unknown"
    MAIL_REFUSED = "mail-refused"
    MAIL_SIGN_IN = "mail-sign-in"
    MAIL_UNTRUSTED = "mail-untrusted"
    MAIL_UNREACHABLE = "mail-unreachable"
    ROOM_REFUSED = "room-refused"


TROUBLES: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.UNFINISHED: "{count} items are unfinished",
        Trouble.RERUN: "a rerun may help",
        Trouble.NEEDS_PERSON: "{count} items need a person: a system refused to write what was planned",
        Trouble.NO_PROFILE_WRITE: "nothing of this profile is written",
        Trouble.GROUP_UNRESOLVED: "{count} records were not created because a group does not resolve",
        Trouble.OWNER_UNKNOWN: "{count} duties were not opened because their incident's owner does not exist",
        Trouble.CUT_SHORT: "the listing of {table} on {side} was cut short: {why}",
        Trouble.UNSHOWN_WAITS: "what it did not show waits for the next run",
        Trouble.VALVE_STOPPED: "valve {name}: {why} (limit: {most}); look at the plan, then run again with --open-valve {opener}",
        Trouble.VALVE_CLOSED: "valve {name}: {why} (limit: {most})",
        Trouble.LEFT_WAITS: "what is left waits for the next run",
        Trouble.TABLE_NAMED_IN: "{table} is named in {places}",
        Trouble.NO_FIELD: "{place}: {table} shows no field {name}",
        Trouble.NO_FIELD_NEAR: "{place}: {table} shows no field {name} (near: {near})",
        Trouble.WITHOUT_IT: "records were created without",
        Trouble.ON_SIDE: "{system}: {why}",
        Trouble.ASKS_TO_WAIT: "{side}: asks to wait {seconds} s before {call}, longer than this run may",
        Trouble.HELD_BACK: "{side}: {call} is held back for {seconds} s to stay within the limits of calls, longer than this run may",
        Trouble.GOES_ON: "the next run goes on from here",
        Trouble.TIME_USED_UP: "the run's time is used up before {call}",
        Trouble.TIME_IS_UP: "the run's time is used up",
        Trouble.DEADLINE_PASSED: "the deadline {at} has passed already",
        Trouble.NOTHING_BEGUN: "nothing was begun: give a later one, or a length of time such as 45m",
        Trouble.CALLS_USED_UP: "all {limit} calls to {side} of this run are used up",
        Trouble.STOP_ASKED: "{name} asked this run to stop",
        Trouble.GOES_ON_OR_RAISE: "the next run goes on from here, or raise the call budget",
        Trouble.CANNOT_CONNECT: "{side}: {call}: cannot connect: {why}",
        Trouble.PROXY_REFUSES: "the proxy does not let us through",
        Trouble.NAME_UNKNOWN: "the name {host} does not resolve",
        Trouble.NO_NAME: "the name does not resolve",
        Trouble.CONNECTION_REFUSED: "connection refused",
        Trouble.NO_CONNECTION: "no connection was made",
        Trouble.NOBODY_ANSWERED: "nothing answered in time",
        Trouble.CHECK_ADDRESS: "check {address}, the name service, the proxy (WATCHKEEPER_PROXY) and the firewall",
        Trouble.SET_ADDRESSES: "AZURE_AUTHORITY_HOST, SENTINEL_ARM_ENDPOINT and SENTINEL_LOGS_ENDPOINT, if they are set",
        Trouble.UNTRUSTED: "{side}: {call}: the server's TLS certificate is not trusted",
        Trouble.NAME_CA: "name the file of the issuing CA in {setting}",
        Trouble.ANSWERED: "{side}: {call}: {status} {words}",
        Trouble.ANSWERED_BARE: "{side}: {call}: {status}",
        Trouble.CHECK_CREDENTIALS: "check the credentials of this side",
        Trouble.CHECK_OAUTH: "check SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET (or SERVICENOW_USERNAME and SERVICENOW_PASSWORD), and that the instance allows this OAuth grant to an active account",
        Trouble.GIVE_RIGHTS: "give the account the rights that `doctor` lists",
        Trouble.WEB_PAGE: "{side}: {call}: answered {status}, but the answer is {kind}, not JSON ({words})",
        Trouble.UNUSABLE: "{side}: {call}: answered {status}, but {words}",
        Trouble.MAYBE_WRITTEN: "the write may have happened",
        Trouble.NOT_IN_TIME: "{call} on {side} was not sent in time",
        Trouble.DROPPED: "{side} dropped {call} ({status}) again and again",
        Trouble.NOT_DONE: "it was not done",
        Trouble.FEWER_WORKERS: "fewer workers, or try again later",
        Trouble.MODE_FORBIDS: "{call} on {side} was not sent: this mode does not write",
        Trouble.SET_MODE: "set WATCHKEEPER_MODE to maintenance or full to allow writes",
        Trouble.SCRIPT_OFF_LIST: "{name}: {address} lies below none of the sources that are allowed",
        Trouble.SCRIPT_LED_AWAY: "{name}: {address} redirects to {place}, which lies below none of the sources that are allowed",
        Trouble.SCRIPT_LED_ON: "{name}: {address} redirects again and again",
        Trouble.SCRIPT_TOO_LONG: "{name}: {address} has more than {limit} bytes, so it was not taken",
        Trouble.SCRIPT_SIGN_IN: "{name}: {address} wants a sign-in ({status}), and scripts are downloaded without one",
        Trouble.SCRIPT_PAGE: "{name}: {address} answered with a web page instead of the file",
        Trouble.SCRIPT_EMPTY: "{name}: {address} answered with nothing",
        Trouble.SCRIPT_PARTLY: "{name}: {address} answered {status}, which is not the whole file",
        Trouble.SCRIPT_PACKED: "{name}: {address} came packed although that was not asked for, so its bytes are not those of the file",
        Trouble.ALLOW_SOURCE: "if it is to be trusted, name it among scripts.sources in evidence.yaml",
        Trouble.ALLOW_LENGTH: "if it is meant to be so long, raise scripts.max_bytes in evidence.yaml",
        Trouble.HEALTH_OFF: "the workspace keeps no health data (table SentinelHealth), so nobody can tell which automation failed",
        Trouble.TURN_ON_HEALTH: "turn on auditing and health monitoring in the workspace's settings of Microsoft Sentinel",
        Trouble.NOT_MAPPED: "{side}: {name} = {value} is not mapped",
        Trouble.NOT_MAPPED_AS: "{side}: {name} = {value} is not mapped ({words})",
        Trouble.WOULD_LOWER: "it would be lowered to {value} on {side}, which this profile does not do",
        Trouble.LOWERED: "{side} lowered it to {value}, which this profile does not carry over",
        Trouble.BOTH_CHANGED: "both sides changed it",
        Trouble.SIDES_DIFFER: "the sides differ, and the profile leaves the choice to a person",
        Trouble.PERSON_CHOOSES: "the profile leaves the choice to a person",
        Trouble.CLOSED_AND_OPEN: "one side is closed and the other open, and there is no memory of an agreement",
        Trouble.CLOSE_OR_REOPEN: "close or reopen either side",
        Trouble.FIELD_UNSHOWN: "{side} does not show the field",
        Trouble.CANNOT_HOLD: "{side} cannot hold {value}: {words}",
        Trouble.CLOSE_STAYS: "a close on {side} does not cross in this profile",
        Trouble.CLOSED_BY_STRANGER: "closed on {side} by {closer}, who is in no SOC team's group",
        Trouble.CLOSER_UNREAD: "closed on {side}, and whether its closer may close the other side could not be looked up: {why}",
        Trouble.NOBODY_KNOWN: "nobody known",
        Trouble.NO_CLOSURE: "{side}: {name} = {value} has no counterpart in the closure table",
        Trouble.CLOSE_NEEDS: "{side}: closing {table} as {value} needs {names}, and the closure gives none",
        Trouble.GONE: "the record on {side} is gone",
        Trouble.OTHER_LEFT: "the other one is left as it is",
        Trouble.UNREAD: "the record on {side} could not be read: {why}",
        Trouble.UNSEEN: "the record on {side} is not visible now",
        Trouble.UNTIL_SEEN: "nothing is written until it is seen again or confirmed gone",
        Trouble.MAY_READ: "check that our account may read it",
        Trouble.OLDER_SHOWN: "shows an older revision than the one we saw last",
        Trouble.ROW_UNREAD: "a record on {side} could not be read: {why}",
        Trouble.OTHERS_WENT_ON: "the others went on",
        Trouble.LOOK_AT_IT: "look at this record",
        Trouble.LOOKS_AGAIN: "the next run looks again",
        Trouble.SAME_KEY: "{number} carries the same key as {kept}, which is the one kept in step",
        Trouble.CLOSE_DUPLICATE: "close it as a duplicate",
        Trouble.OWNERS_STALE: "The tickets of asset owners stay as they are: remediation was last collected on {when}",
        Trouble.OWNERS_OPEN_LATER: "{count} more tickets of asset owners are opened by the next runs",
        Trouble.OWNERS_CLOSE_LATER: "{count} more tickets of asset owners are resolved by the next runs",
        Trouble.OWNER_WITHDRAWN: "Defender listed what it is about on {when} for the last time, and nothing proves that it is done",
        Trouble.OWNER_MOVED: "its devices were this owner's on {when} for the last time, and nothing proves that they are done",
        Trouble.CLOSED_UNMENDED: "it was closed although {count} devices are left, and stays so",
        Trouble.CLOSE_IF_NOTHING_LEFT: "close it if nothing is left to do",
        Trouble.REOPEN_OR_EXCEPT: "open it again, or approve an exception",
        Trouble.NEVER_DELETED: "it is never deleted",
        Trouble.NOT_THE_ONLY: "it is not the only one: several tickets point at one incident, or one ticket at several",
        Trouble.KEEP_ONE: "keep the reference on one of them, or pair them with `watchkeeper link`",
        Trouble.MAINTENANCE_ALONE: "WATCHKEEPER_MODE=maintenance allows the maintenance profile alone",
        Trouble.NOT_IN_PLAN: "not in the saved plan, or the record moved since",
        Trouble.NEW_PLAN: "make a new plan",
        Trouble.NOT_SENT_AGAIN: "{why} (not sent again as it is)",
        Trouble.NOT_TAKEN: "{side} did not take it",
        Trouble.FIELDS_NOT_TAKEN: "{side} did not take {fields}",
        Trouble.NOT_HELD: "{side} took the write and holds another value; it is left at that",
        Trouble.CHANGE_IT: "change the record or the mapping, or let a full sweep (`watchkeeper sync --full`, once a day by itself) try again",
        Trouble.NO_GROUP: "{place}: ServiceNow group {name}: no active group has this name",
        Trouble.SEVERAL_GROUPS: "{place}: ServiceNow group {name}: several active groups have this name",
        Trouble.GROUPS_UNREAD: "{place}: ServiceNow group {name}: the groups cannot be read ({words})",
        Trouble.NEAR: "near: {near}",
        Trouble.NEVER_UNASSIGNED: "nothing is created unassigned",
        Trouble.CORRECT_GROUP: "correct the group in teams.yaml or in ServiceNow",
        Trouble.TICKETS_UNSEEN: "its tickets are not looked at",
        Trouble.CORRECT_GROUP_ANYWHERE: "correct the group in teams.yaml, in the profile or in ServiceNow",
        Trouble.NO_OWNER: "{place}: owner {name}: no active user has this address",
        Trouble.NEVER_OWNERLESS: "nothing is created with an owner who does not exist",
        Trouble.CORRECT_OWNER: "correct the address in teams.yaml",
        Trouble.OWNER_UNVERIFIED: "{place}: owner {name} cannot be verified ({why})",
        Trouble.USERS_UNREAD: "the users cannot be read",
        Trouble.NOBODY_LIKE_IT: "ServiceNow knows nobody with a like address",
        Trouble.AS_IT_STANDS: "it is written as it stands",
        Trouble.CHECK_SPELLING: "check its spelling: Sentinel takes any address",
        Trouble.NO_CHOICE: "{place}: {name} {value} is no choice of {table}",
        Trouble.NAME_A_CHOICE: "name one of the instance's choices in the profile, by value or by label, or add it there",
        Trouble.CLOSE_WAITS: "a close that needs it waits",
        Trouble.CORRECT_FIELD: "correct its name in the profile, or give the account read access",
        Trouble.UNTIL_THEN: "nothing of this profile is written until then",
        Trouble.AFTER_FAILED: "the write before it did not succeed: {why}",
        Trouble.CHANGED_MEANWHILE: "{side} record {id} changed while its comments were written",
        Trouble.NUMBER_UNKNOWN: "the number of the ServiceNow record of {key} is not known yet",
        Trouble.EARLIER_UNSEEN: "what became of an earlier write cannot be seen: {why}",
        Trouble.EARLIER_NOT_YET: "what became of an earlier write is not in the record's history yet",
        Trouble.TOUCHES_NOT_YET: "the record moved on {side}, and its history does not say now what was edited: {why}",
        Trouble.REPLACED_NOT_YET: "somebody edited the record before our write came, and its history does not say now what that was: {why}",
        Trouble.REMAPPED: "The mapping of profile {profile} is another one than in the last run that wrote: "
        "on pairs that are there already this run writes {fields}",
        Trouble.REMAPPED_QUIET: "The mapping of profile {profile} is another one than in the last run that wrote: "
        "on pairs that are there already this run writes nothing",
        Trouble.REMAPPED_APART: "{count} shared values mean different things on the two sides now, "
        "and stay as they are until a person changes one",
        Trouble.NOT_WANTED: "it never happened, and is not wanted any more",
        Trouble.FILE_NOT_TAKEN: "{name} could not be attached: {why}",
        Trouble.WRITTEN_BEFORE: "had been written before the run ended",
        Trouble.HAPPENED_BEFORE: "had happened before the run ended",
        Trouble.ARRIVED_LATE: "arrived after a later run had given it up",
        Trouble.MOVED_ON: "the record moved on",
        Trouble.DECIDED_AFRESH: "decided afresh",
        Trouble.COMMENTS_UNREAD: "its comments could not be read: {why}",
        Trouble.COMMENTS_UNSHOWN: "{side} does not show them",
        Trouble.COMMENTS_FEWER: "{side} counts {total} and shows {seen}",
        Trouble.NOT_FOUND: "not found by id",
        Trouble.INTERRUPTED: "an interrupted write is made up for",
        Trouble.LEFT_UNDER_WAY: "still under way when the run was stopped",
        Trouble.NEXT_FINDS_OUT: "the next run finds out what became of it",
        Trouble.REST_FOLLOWS: "the rest follows",
        Trouble.FOREIGN_PAIR: "another integration made this pair",
        Trouble.BY_HAND: "paired by hand",
        Trouble.PAUSED: "{name} paused this deployment on {host} at {when}",
        Trouble.RETIRED: "{name} retired this deployment on {host} at {when}",
        Trouble.GIVEN_REASON: "the reason given: {words}",
        Trouble.PAUSED_UNTIL: "nothing is written until {when}, or until somebody runs `watchkeeper resume`",
        Trouble.UNTIL_RESUMED: "nothing is written until somebody runs `watchkeeper resume`",
        Trouble.BRING_BACK: "`watchkeeper retire --undo` brings it back",
        Trouble.PAUSED_FOR_UNDO: "run {id} was undone, and its mapping is to be looked at before anything else is written",
        Trouble.WHILE_PAUSED: "an undo with --while-paused writes nevertheless",
        Trouble.CHANGED_BY: "{closer} changed {names} on {side} since",
        Trouble.CHANGED_SINCE: "{names} changed on {side} since",
        Trouble.LEFT_TO_THEM: "it is left as it is now",
        Trouble.WRITTEN_AGAIN: "run {id} wrote it again since",
        Trouble.UNDO_THAT_FIRST: "undo run {id} first, if it was wrong too",
        Trouble.HISTORY_LAGS: "the history of {side} does not show yet whether somebody changed it since",
        Trouble.UNDO_LATER: "undo the run again in a quarter of an hour",
        Trouble.BEFORE_UNKNOWN: "what {names} held on {side} before is not on record",
        Trouble.PAIR_MOVED: "the pair has another record on {side} now",
        Trouble.NO_WAY_BACK: "{side} allows no way back: {words}",
        Trouble.CHANGE_BY_HAND: "change it by hand where your rights allow it",
        Trouble.CREATE_STAYS: "the run created this record on {side}, which stays",
        Trouble.CLOSE_BY_HAND: "nothing is ever deleted: close or cancel it by hand if nobody needs it",
        Trouble.COMMENT_STAYS: "a comment that the run wrote on {side} stays",
        Trouble.STAYS_WRITTEN: "what the run wrote on {side} into {names} stays",
        Trouble.AGREEMENT_UNKNOWN: "what both sides had agreed on before is not on record, so the next sync takes them as they are now",
        Trouble.COMPARE_BY_HAND: "compare both records by hand",
        Trouble.UNFINISHED_BEFORE: "another run's write to it is not settled",
        Trouble.SYNC_FIRST: "run `watchkeeper sync`, then undo again",
        Trouble.UNDONE_HERE: "what run {id} wrote here was undone",
        Trouble.MARKED_AS: "it is kept from being written again as {words}",
        Trouble.WAS_UNDONE: "run {id} wrote this and was undone, and the mapping would write it again",
        Trouble.CORRECT_MAPPING: "correct the mapping, or make both sides agree; undo the undo if run {id} was right",
        Trouble.OLDER_COPY: "This state store is older than what we wrote: an earlier copy of it was put back",
        Trouble.OLDER_SEEN: "This state store is older than what we wrote: it knows nothing of {count} records that we made since it began",
        Trouble.OLDER_TOLD: "This state store is older than what we wrote: the histories of {count} pairs tell of later writes of ours",
        Trouble.OLDER_READ: "everything is read again, and what both systems agree on is taken over",
        Trouble.OLDER_NEXT: "the next run reads everything again",
        Trouble.OLDER_COMPARED: "{count} pairs that moved on both sides are compared by their own history",
        Trouble.MEMORY_LOST: "This state store knows nothing of {count} records that we made: an earlier one was lost",
        Trouble.REBUILT: "the memory of it was built anew",
        Trouble.TAKEN_OVER: "they are taken over, and nothing is made twice",
        Trouble.PAIR_TAKEN: "one of the two is already in the pair {names}",
        Trouble.PAIR_NOTHING: "{name}: nothing found",
        Trouble.PAIR_SEVERAL: "{name}: {count} records found",
        Trouble.PAIRED_AS: "already paired as {keys}",
        Trouble.PAIRED: "already paired",
        Trouble.PAIR_OURS: "{names} is a maintenance record of ours",
        Trouble.PAIR_CLAIMED: "the incident is already paired with {names}",
        Trouble.ONBOARDED: "The workspace is onboarded to the Defender portal, where the incidents made for duties are not shown",
        Trouble.TICKET_IS_RECORD: "their ServiceNow tickets are the record",
        Trouble.REFUSED_US: "{system} refused us: {why}",
        Trouble.PARTLY_READ: "{system} could not be read in full: {why}",
        Trouble.RECORD_UNREAD: "{system} {id} could not be read: {why}",
        Trouble.NO_ANSWER: "{system} did not answer: {why}",
        Trouble.FAILS_ON: "the audit fails on {conditions}",
        Trouble.NUDGES_UNSENT: "reminders that were not sent, or are not known to have arrived: {number}",
        Trouble.NO_WORD_ON_NUDGE: "the connection was lost before anybody said whether the message was taken",
        Trouble.NUDGE_UNDER_WAY: "an earlier try may still arrive; until an hour after it nothing is sent again",
        Trouble.PEOPLE_UNKNOWN: "a system did not say whom to remind",
        Trouble.MAIL_REFUSED: "the mail server answered {call} with {status}: {answer}",
        Trouble.MAIL_SIGN_IN: "the mail server does not let us sign in ({status})",
        Trouble.MAIL_UNTRUSTED: "the mail server cannot be spoken to safely: {why}",
        Trouble.MAIL_UNREACHABLE: "the mail server cannot be reached: {why}",
        Trouble.ROOM_REFUSED: "{system} answered with {status}",
    }
)

ONE_TROUBLE: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.UNFINISHED: "1 item is unfinished",
        Trouble.REMAPPED_APART: "1 shared value means different things on the two sides now, "
        "and stays as it is until a person changes it",
        Trouble.NEEDS_PERSON: "1 item needs a person: a system refused to write what was planned",
        Trouble.OWNERS_OPEN_LATER: "1 more ticket of an asset owner is opened by the next run",
        Trouble.OWNERS_CLOSE_LATER: "1 more ticket of an asset owner is resolved by the next run",
        Trouble.CLOSED_UNMENDED: "it was closed although 1 device is left, and stays so",
        Trouble.GROUP_UNRESOLVED: "1 record was not created because a group does not resolve",
        Trouble.OLDER_SEEN: "This state store is older than what we wrote: it knows nothing of 1 record that we made since it began",
        Trouble.OLDER_TOLD: "This state store is older than what we wrote: the history of 1 pair tells of later writes of ours",
        Trouble.OLDER_COMPARED: "1 pair that moved on both sides is compared by its own history",
        Trouble.MEMORY_LOST: "This state store knows nothing of 1 record that we made: an earlier one was lost",
        Trouble.OWNER_UNKNOWN: "1 duty was not opened because its incident's owner does not exist",
    }
)
"""Sentences that say `count` in another way when it is one."""
