"""The codes of findings.

They are stable: scripts and people depend on them. Their sentences stand in
`notifier/messages/findings.*.toml`.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    # reading records
    COLUMNS_NOT_KNOWN = "columns-not-known"
    TIME_COLUMN_NOT_KNOWN = "time-column-not-known"
    KIND_INFERRED = "kind-inferred"
    ROW_TWICE = "row-twice"
    ROW_MAY_BE_CUT = "row-may-be-cut"
    ROW_WITHOUT_NUMBER = "row-without-number"
    ROW_SHIFTED = "row-shifted"
    CELL_MAY_HAVE_SLIPPED = "cell-may-have-slipped"
    TIMES_CONTRADICT = "times-contradict"
    NUMBER_DAMAGED = "number-damaged"
    NUMBER_LIKE_A_DATE = "number-like-a-date"
    SEVERAL_NUMBERS = "several-numbers"
    TIME_CELLS_EMPTY = "time-cells-empty"
    REMARK_ON_TIMES = "remark-on-times"
    ANSWER_STATED = "answer-stated"
    ANSWER_NOT_UNDERSTOOD = "answer-not-understood"
    HIDDEN_CELLS = "hidden-cells"
    CELL_WITHOUT_VALUE = "cell-without-value"
    ROW_WITHOUT_MILESTONE = "row-without-milestone"
    # reading anything
    TIME_NOT_UNDERSTOOD = "time-not-understood"
    AMOUNT_NOT_UNDERSTOOD = "amount-not-understood"
    # reading notices
    TIME_NOT_STATED = "time-not-stated"
    YEAR_NOT_STATED = "year-not-stated"
    YEAR_FROM_CONTEXT = "year-from-context"
    TEXT_ENDS_HERE = "text-ends-here"
    CELL_UNCERTAIN = "cell-uncertain"
    BLANK_CELL = "blank-cell"
    OPEN_OR_CLOSE = "open-or-close"
    PLACES_DISAGREE = "places-disagree"
    TWO_SETS_OF_DEADLINES = "two-sets-of-deadlines"
    PARCELS_NOT_FOUND = "parcels-not-found"
    NEWS_REPORT = "news-report"
    PARCELS_MISSING = "parcels-missing"
    PARCEL_NOT_READ = "parcel-not-read"
    PARCEL_WITHOUT_NUMBER = "parcel-without-number"
    VALUE_NOT_PLACED = "value-not-placed"
    CELLS_LEFT_OVER = "cells-left-over"
    UNIT_ASSUMED = "unit-assumed"
    UNIT_PRICE = "unit-price"
    TIME_WITHOUT_LABEL = "time-without-label"
    PERIOD_REFERRED_TO = "period-referred-to"
    CHANGE_NOT_UNDERSTOOD = "change-not-understood"
    # reading documents
    STRUCK_OUT_TEXT = "struck-out-text"
    NO_TEXT_LAYER = "no-text-layer"
    TIME_SCANNED = "time-scanned"
    TIME_SCANNED_BADLY = "time-scanned-badly"
    TEXT_ASIDE = "text-aside"
    MACROS_IGNORED = "macros-ignored"
    WITNESS_DISAGREES = "witness-disagrees"
    FORMAT_HIDES = "format-hides"
    MEMBER_NOT_READ = "member-not-read"
    # the lint
    NOTICE_TOO_SHORT = "notice-too-short"
    LISTING_TOO_SHORT = "listing-too-short"
    DEPOSIT_TOO_LOW = "deposit-too-low"
    DEPOSIT_HIGH = "deposit-high"
    REGISTRATION_AFTER_BIDDING = "registration-after-bidding"
    DEPOSIT_AFTER_REGISTRATION = "deposit-after-registration"
    DEPOSIT_AFTER_BIDDING = "deposit-after-bidding"
    AUCTION_BEFORE_CLOSE = "auction-before-close"
    CLOSE_BEFORE_OPEN = "close-before-open"
    DEADLINE_ON_DAY_OFF = "deadline-on-day-off"
    DEADLINE_OUT_OF_HOURS = "deadline-out-of-hours"
    NO_DEADLINE = "no-deadline"
    DEADLINE_PAST = "deadline-past"
    FAR_MISMATCH = "far-mismatch"
    SAME_NUMBER_TWICE = "same-number-twice"
    DAY_ONLY = "day-only"
