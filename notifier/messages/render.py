"""Drafts in, messages out: templates, and the limit that a channel's form states."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from notifier.domain.drafts import Attachment, Draft, Form, Item, Markup, Message
from notifier.messages.context import FULL, NUMBERS_ONLY, Context
from notifier.messages.event_json import event_message
from notifier.messages.ics import CALENDAR_TYPE, calendar_of
from notifier.messages.link_blocks import AnswerLinks
from notifier.messages.message_layouts import Layouts
from notifier.messages.samples import samples
from notifier.messages.timeline import timeline
from notifier.messages.view import KINDS, PICTURE, view_of

log = logging.getLogger("notifier.messages")

_SLACK = 0.9
"""How full a part is made: when it is sent, the words of what is left and of failed channels may be
longer."""

_LEAST = 4  # bytes or characters that an item takes at the very least
_MANY_PARTS = 999  # for room to number them
_UNLIMITED = 1_000_000_000


_SHORT = "wecom.txt.j2"
_TEMPLATES = {
    Markup.MARKDOWN: "wecom.md.j2",
    Markup.TELEGRAM: "telegram.html.j2",
    Markup.MAIL: "mail.html.j2",
}


class Renderer:
    """Puts drafts into words, within the limit of a channel's form.

    `templates`: a folder whose files replace the built-in templates of the same name; `links`:
    None, no message carries links by which it is answered.
    """

    def __init__(self, templates: Path | None = None, links: AnswerLinks | None = None) -> None:
        self._layouts = Layouts(templates)
        self._links = links

    def render(self, draft: Draft, form: Form) -> Message:
        """Return the words of `draft`, always within the limit of `form`.

        With less and less detail, at last with fewer items and a line that says so. A draft that
        `split` has made never loses an item.
        """
        picture = (timeline(draft) or b"") if form.pictures else b""
        message = self._fitting(draft, form, picture=picture)
        if message is not None:
            return message
        first = self._parts(draft, form)[0]
        left_out = len(draft.items) - len(first.items)
        message = self._fitting(first, form, left_out=left_out, picture=picture)
        if message is None:
            log.error(
                "the template for %s makes even one item too long; the built-in one is used", form
            )
            message = self._write(_shortest(first, form, left_out), built_in=True)
        return message

    def split(self, draft: Draft, form: Form) -> list[Draft]:
        """Return `draft` itself if it can be made to fit, else numbered parts that do.

        Every item is in one of the parts.
        """
        if form.limit is None or self._fitting(draft, form) is not None:
            return [draft]
        parts = self._parts(draft, form)
        if len(parts) == 1:
            return [draft]
        return [
            replace(part, part=number, parts=len(parts)) for number, part in enumerate(parts, 1)
        ]

    def check(self) -> list[str]:
        """Return the faults of the templates that replace the built-in ones: name, line, what."""
        return self._layouts.faults([view_of(context) for context in samples()])

    def _fitting(
        self, draft: Draft, form: Form, left_out: int = 0, picture: bytes = b""
    ) -> Message | None:
        """With as much detail as the limit allows; None if even the shortest is too long."""
        if form.limit is not None and len(draft.items) * _LEAST > form.limit:
            return None
        for level in range(FULL, NUMBERS_ONLY + 1):
            context = Context(
                draft=draft,
                form=form,
                level=level,
                left_out=left_out,
                picture=picture,
                links=self._links,
            )
            message = self._write(context)
            if form.fits(message.body):
                return message
        return None

    def _parts(self, draft: Draft, form: Form) -> list[Draft]:
        """Drafts of as many items as fit at the shortest; at least one each."""
        limit = form.limit or _UNLIMITED
        rest = _in_order(draft.items)
        whole = replace(draft, part=_MANY_PARTS, parts=_MANY_PARTS, maybe_repeat=True)
        parts: list[Draft] = []
        while rest or not parts:

            def is_too_long(count: int, rest: tuple[Item, ...] = rest) -> bool:
                message = self._write(
                    _shortest(replace(whole, items=rest[:count]), form, left_out=_MANY_PARTS)
                )
                return form.size(message.body) > limit * _SLACK

            most = min(len(rest), limit // _LEAST)
            count = bisect_left(range(2, most + 1), True, key=is_too_long) + 1
            parts.append(replace(draft, items=rest[:count]))
            rest = rest[count:]
        return parts

    def _write(self, context: Context, *, built_in: bool = False) -> Message:
        if context.form.markup is Markup.EVENTS:
            return event_message(context.draft, context.form)
        lay_out = self._layouts.render_built_in if built_in else self._layouts.render
        view = view_of(context)
        form = context.form
        short = form.limit is not None and form.markup in (Markup.PLAIN, Markup.MARKDOWN)
        text = lay_out(_SHORT if short else "text.txt.j2", view)
        template = _TEMPLATES.get(form.markup)
        marked_up = lay_out(template, view) if template else ""
        return Message(
            form=form,
            title=view.title,
            text=text,
            html=marked_up if form.markup in (Markup.TELEGRAM, Markup.MAIL) else "",
            markdown=marked_up if form.markup is Markup.MARKDOWN else "",
            attachments=_attachments(context),
            mentions=context.draft.mentions if context.draft.urgent else (),
            buttons=context.buttons(),
            reply_to=context.draft.reply_to if form.markup is Markup.MAIL else "",
            reply_key=context.reply_key(),
        )


def _attachments(context: Context) -> tuple[Attachment, ...]:
    """Return the attachments of a message.

    A mail carries the deadlines as a calendar, and a digest its picture, which the mail shows
    within its text.
    """
    found = []
    if context.form.markup is Markup.MAIL and (calendar := calendar_of(context.draft)):
        found.append(Attachment(name="deadlines.ics", media_type=CALENDAR_TYPE, content=calendar))
    if context.picture:
        found.append(Attachment(name=PICTURE, media_type="image/png", content=context.picture))
    return tuple(found)


def _shortest(draft: Draft, form: Form, left_out: int) -> Context:
    return Context(draft=draft, form=form, level=NUMBERS_ONLY, left_out=left_out)


def _in_order(items: Sequence[Item]) -> tuple[Item, ...]:
    """As they are read: by kind, urgent ones first, then the soonest."""
    return tuple(
        sorted(
            items,
            key=lambda item: (
                KINDS.index(item.kind),
                not item.urgent,
                item.at.timestamp() if item.at else 0.0,
            ),
        )
    )
