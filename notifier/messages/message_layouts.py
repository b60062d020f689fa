"""The templates: the built-in ones, and a folder's that replace them by name.

A folder's are sandboxed; what is not defined is an error. A replacement that fails never stops a
message: the built-in one is used and the log says so.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateError,
    pass_context,
)
from jinja2.exceptions import TemplateSyntaxError
from jinja2.runtime import Context as TemplateContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.messages.clean import without_markdown
from notifier.messages.view import View

log = logging.getLogger("notifier.messages")

NAMES = ("text.txt.j2", "wecom.txt.j2", "wecom.md.j2", "mail.html.j2", "telegram.html.j2")


class Layouts:
    def __init__(self, folder: Path | None = None) -> None:
        built_in = PackageLoader("notifier.messages")
        self._built_in = _environment(built_in, Environment)
        self._folder = folder
        self._said: set[str] = set()
        self._replaced: dict[str, Template | None] = {}
        if folder is not None:
            self._replacing = _environment(
                ChoiceLoader([FileSystemLoader(folder), built_in]), ImmutableSandboxedEnvironment
            )
            names = [name for name in NAMES if (folder / name).is_file()]
            self._replaced = {name: self._load(name) for name in names}

    def _load(self, name: str) -> Template | None:
        try:
            return self._replacing.get_template(name)
        except (TemplateError, OSError, UnicodeDecodeError) as fault:
            self._say_once(name, fault)
            return None

    def render(self, name: str, view: View) -> str:
        template = self._replaced.get(name)
        if template is not None:
            try:
                if text := template.render(view=view).strip():
                    return text
                fault: object = "it gives an empty message"
            except Exception as raised:  # noqa: BLE001  # a person's template may raise anything; the reminder must go out
                fault = f"{type(raised).__name__}: {raised}"
            self._say_once(name, fault)
        return self.render_built_in(name, view)

    def _say_once(self, name: str, fault: object) -> None:
        """Log a fault of a template once.

        A message is laid out several times to make it fit, and the next one fails in the same way.
        """
        if name not in self._said:
            self._said.add(name)
            log.error("template %s: %s; the built-in one is used", name, fault)

    def faults(self, views: Sequence[View]) -> list[str]:
        """Return the faults in the replacing templates, one line each.

        For instance `wecom.txt.j2:3: 'vew' is undefined`.
        """
        if self._folder is None:
            return []
        if not self._folder.is_dir():
            return [f"{self._folder}: no such folder; make it, or take the setting out"]
        found = [
            f"{path.name}: not a template's name; the names are {', '.join(NAMES)}"
            for path in sorted(self._folder.glob("*.j2"))
            if path.name not in NAMES
        ]
        for name in self._replaced:
            fault = next((fault for view in views if (fault := self._fault(name, view))), "")
            found += [fault] if fault else []
        return found

    def _fault(self, name: str, view: View) -> str:
        try:
            text = self._replacing.get_template(name).render(view=view)
        except TemplateSyntaxError as fault:
            return f"{fault.name or name}:{fault.lineno}: {type(fault).__name__}: {fault.message}"
        except Exception as fault:  # noqa: BLE001  # a person's template may raise anything; it is said where
            line = _line(fault, name)
            return f"{name}{f':{line}' if line else ''}: {type(fault).__name__}: {fault}"
        if not text.strip():
            return f"{name}: it gives an empty message"
        shown = unescape(text) if ".html" in name else text
        escaped = without_markdown if ".md" in name else str
        lost = next((words for words in _indispensable(view) if escaped(words) not in shown), "")
        return f"{name}: it leaves out what people must read, such as {lost!r}" if lost else ""

    def render_built_in(self, name: str, view: View) -> str:
        return self._built_in.get_template(name).render(view=view).strip()


def _indispensable(view: View) -> Iterator[str]:
    yield from view.marks
    yield from view.lines
    for section in view.sections:
        for block in section.blocks:
            yield block.heading
            yield from (parcel.number for parcel in block.parcels)


def _line(fault: BaseException, name: str) -> str:
    """The template's line where `fault` was raised, empty if it is not known."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(fault.__traceback__)
        if frame.filename.endswith(name)
    ]
    return str(lines[-1]) if lines else ""


def _environment(loader: BaseLoader, kind: type[Environment]) -> Environment:
    return kind(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or ".html" in name,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@pass_context
def _finalize(context: TemplateContext, value: object) -> object:
    """Escape what a template of Markdown is filled with, as `autoescape` does in HTML."""
    name = context.name or ""
    return without_markdown(value) if ".md" in name and isinstance(value, str) else value
