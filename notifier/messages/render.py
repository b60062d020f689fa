"""Drafts in, messages out: templates, and the limits of each channel.

WeCom: a text message holds at most 2,048 bytes of UTF-8 (developer.work.weixin.qq.com/document/path/91770).
Telegram: at most 4,096 characters after entities parsing (core.telegram.org/bots/api#sendmessage); here the
mark-up counts too, and a character outside the basic plane as two, so that no way of counting is exceeded.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from notifier.domain.drafts import Attachment, Draft, Form, Item, Message
from notifier.messages.context import FULL, NUMBERS_ONLY, Context
from notifier.messages.ics import calendar_of
from notifier.messages.layouts import Layouts
from notifier.messages.samples import samples
from notifier.messages.timeline import timeline
from notifier.messages.view import KINDS, PICTURE, view_of

log = logging.getLogger("notifier.messages")

_SLACK = 0.9
"""How full a part is made: when it is sent, the words of what is left and of failed channels may be longer."""

_ILLUSTRATED = (Form.MAIL, Form.TELEGRAM)
_LEAST = 4  # bytes or characters that an item takes at the very least
_MANY_PARTS = 999  # for room to number them


@dataclass(frozen=True, slots=True)
class _Limit:
    most: int
    size: Callable[[Message], int]


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


_LIMITS = {
    Form.WECOM: _Limit(2_048, lambda message: len(message.text.encode())),
    Form.TELEGRAM: _Limit(4_096, lambda message: _utf16_units(message.html)),
}


class Renderer:
    """`templates`: a folder whose files replace the built-in templates of the same name."""

    def __init__(self, templates: Path | None = None) -> None:
        self._layouts = Layouts(templates)

    def render(self, draft: Draft, form: Form) -> Message:
        """The words of `draft`, always within the limit of `form`: with less and less detail, at last with fewer
        items and a line that says so. A draft that `split` has made never loses an item.
        """
        picture = (timeline(draft) or b"") if form in _ILLUSTRATED else b""
        message = self._fitting(draft, form, picture=picture)
        if message is not None:
            return message
        first = self._parts(draft, form)[0]
        left_out = len(draft.items) - len(first.items)
        message = self._fitting(first, form, left_out=left_out, picture=picture)
        if message is None:
            log.error("the template for %s makes even one item too long; the built-in one is used", form)
            message = self._write(_shortest(first, form, left_out), built_in=True)
        return message

    def split(self, draft: Draft, form: Form) -> list[Draft]:
        """`draft` itself if it can be made to fit, else parts that do, numbered; every item is in one of them."""
        if form not in _LIMITS or self._fitting(draft, form) is not None:
            return [draft]
        parts = self._parts(draft, form)
        if len(parts) == 1:
            return [draft]
        return [replace(part, part=number, parts=len(parts)) for number, part in enumerate(parts, 1)]

    def check(self) -> list[str]:
        """What is wrong with the templates that replace the built-in ones: name, line, what."""
        return self._layouts.faults([view_of(Context(draft=draft, form=Form.MAIL)) for draft in samples()])

    def _fitting(self, draft: Draft, form: Form, left_out: int = 0, picture: bytes = b"") -> Message | None:
        """With as much detail as the limit allows; None if even the shortest is too long."""
        limit = _LIMITS.get(form)
        if limit is not None and len(draft.items) * _LEAST > limit.most:
            return None
        for level in range(FULL, NUMBERS_ONLY + 1):
            message = self._write(Context(draft=draft, form=form, level=level, left_out=left_out, picture=picture))
            if limit is None or limit.size(message) <= limit.most:
                return message
        return None

    def _parts(self, draft: Draft, form: Form) -> list[Draft]:
        """Drafts of as many items as fit at the shortest; at least one each."""
        limit = _LIMITS[form]
        rest = _in_order(draft.items)
        whole = replace(draft, part=_MANY_PARTS, parts=_MANY_PARTS, maybe_repeat=True)
        parts: list[Draft] = []
        while rest or not parts:

            def is_too_long(count: int, rest: tuple[Item, ...] = rest) -> bool:
                message = self._write(_shortest(replace(whole, items=rest[:count]), form, left_out=_MANY_PARTS))
                return limit.size(message) > limit.most * _SLACK

            most = min(len(rest), limit.most // _LEAST)
            count = bisect_left(range(2, most + 1), True, key=is_too_long) + 1
            parts.append(replace(draft, items=rest[:count]))
            rest = rest[count:]
        return parts

    def _write(self, context: Context, *, built_in: bool = False) -> Message:
        lay_out = self._layouts.render_built_in if built_in else self._layouts.render
        view = view_of(context)
        match context.form:
            case Form.WECOM:
                return Message(form=context.form, title=view.title, text=lay_out("wecom.txt.j2", view))
            case Form.TEXT:
                return Message(form=context.form, title=view.title, text=lay_out("text.txt.j2", view))
            case Form.TELEGRAM | Form.MAIL:
                html = "mail.html.j2" if context.form is Form.MAIL else "telegram.html.j2"
                return Message(
                    form=context.form,
                    title=view.title,
                    text=lay_out("text.txt.j2", view),
                    html=lay_out(html, view),
                    attachments=_attachments(context),
                )


def _attachments(context: Context) -> tuple[Attachment, ...]:
    """A mail carries the deadlines as a calendar; a digest its picture, which the mail shows within its text."""
    found = []
    if context.form is Form.MAIL and (calendar := calendar_of(context.draft)):
        found.append(Attachment(name="deadlines.ics", media_type="text/calendar", content=calendar))
    if context.picture:
        found.append(Attachment(name=PICTURE, media_type="image/png", content=context.picture))
    return tuple(found)


def _shortest(draft: Draft, form: Form, left_out: int) -> Context:
    return Context(draft=draft, form=form, level=NUMBERS_ONLY, left_out=left_out)


def _in_order(items: Sequence[Item]) -> tuple[Item, ...]:
    """As they are read: by kind, urgent ones first, then the soonest."""
    return tuple(
        sorted(
            items, key=lambda item: (KINDS.index(item.kind), not item.urgent, item.at.timestamp() if item.at else 0.0)
        )
    )
