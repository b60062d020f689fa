"""What operators and recipients are told besides reminders: a sentence of the catalogue with its parameters."""

from __future__ import annotations

from notifier.messages.context import Context


def alert_words(context: Context, part: str, width: int) -> str:
    """The `title` or the `text` of an alert; one without a sentence is said with its parameters."""
    draft, say = context.draft, context.say
    params = {name: context.clean(value, width) for name, value in draft.params.items()}
    if f"kind.{draft.params.get('kind')}" in say:
        params["kind"] = say(f"kind.{draft.params['kind']}")
    key = f"alert.{draft.alert}.{part}"
    if key in say:
        try:
            return say(key, **params)
        except KeyError:
            pass
    listed = "; ".join(f"{name}={value}" for name, value in params.items())
    return say(
        f"alert.unknown.{part}", alert=context.clean(draft.alert, width), params=context.clean(listed, 4 * width)
    )
