"""Alerts, the messages to operators and recipients besides reminders.

An alert is a sentence of the catalogue with its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from notifier.messages.context import Context
from notifier.messages.sentences import reason

_TITLE_WIDTH = 24
_WIDTHS = (400, 200, 120, 80, 60, 36)
_MOST_LINES = (20, 15, 10, 6, 4, 3)


def alert_title(context: Context) -> str:
    return _say(context, "title", lambda value: context.clean(value, _TITLE_WIDTH))


def alert_lines(context: Context) -> list[str]:
    """A parameter of several lines (a list of what was not read) keeps them."""

    def clean(value: str) -> str:
        lines = [context.clean(line, _WIDTHS[context.level]) for line in value.splitlines()]
        most = _MOST_LINES[context.level]
        return "\n".join(lines[:most] + ["…"] * (len(lines) > most))

    return _say(context, "text", clean).splitlines()


def _more(context: Context, params: Mapping[str, str]) -> Iterator[str]:
    """The sentences that an alert has about some of its parameters, where these are not empty."""
    for name, value in params.items():
        key = f"alert.{context.draft.alert}.{name}"
        if value and name not in ("title", "text", "text_on_board") and key in context.say:
            yield context.say(key, **params)


def _say(context: Context, part: str, clean: Callable[[str], str]) -> str:
    """The `title` or the `text` of an alert; one without a sentence is said with its parameters."""
    draft, say = context.draft, context.say
    known = {
        name: reason(value, draft.language) if name == "words" else value
        for name, value in draft.params.items()
    }
    params = {name: clean(value) for name, value in known.items()}
    if f"kind.{draft.params.get('kind')}" in say:
        params["kind"] = say(f"kind.{draft.params['kind']}")
    key = f"alert.{draft.alert}.{part}"
    if key in say:
        try:
            return "\n".join(
                [
                    context.say_how(key, **params),
                    *(_more(context, params) if part == "text" else ()),
                ]
            )
        except KeyError:
            pass
    listed = clean("; ".join(f"{name}={value}" for name, value in draft.params.items()))
    return say(f"alert.unknown.{part}", alert=clean(draft.alert), params=listed)
