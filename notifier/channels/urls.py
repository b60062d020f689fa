"""A channel's URL in its parts. What can be read in two ways is refused, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

FIELDS_FORM = (
    "give the channel as fields (type, user, password, ...; see docs/channels.md), which "
    "need no escaping"
)

# options of Apprise's own that change nothing here
_IDLE = frozenset(
    {"format", "overflow", "rto", "cto", "emojis", "tz", "store", "image", "detect", "interpret"}
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_PORT = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Url:
    """Every part is decoded.

    `place` is what stands between the sign-in and the path: a host, or a token.
    """

    scheme: str
    user: str = ""
    password: str = ""
    place: str = ""
    path: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """ValueError if what stands there is no host with an optional port."""
        host, _, port = (
            self.place.rpartition(":")
            if ":" in self.place.rpartition("]")[2]
            else (self.place, "", "")
        )
        if not host or not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", host):
            raise ValueError(
                f"names no host: if a / or ? of the password stands there, {FIELDS_FORM}"
            )
        if port and (not _PORT.fullmatch(port) or not 0 < int(port) < 65_536):
            raise ValueError(
                f"names no port: if a / or ? of the password stands there, {FIELDS_FORM}"
            )
        return host

    @property
    def server(self) -> str:
        """Host and port, checked."""
        return self.place if self.host else ""


def scheme_of(text: str) -> str:
    """In small letters; empty if `text` is no URL."""
    found = _SCHEME.match(text)
    return found[1].lower() if found else ""


def split_url(text: str, known: frozenset[str]) -> Url:
    """The parts of `text`.

    `known`: names of options. ValueError, without its secrets, where it is ambiguous.
    """
    scheme = scheme_of(text)
    rest = text.partition("://")[2].strip()
    if re.search(r"[\x00-\x20\x7f]", rest):
        raise ValueError("holds a space or a control character: write %20 for a space")
    rest = rest.replace("/#", "/%23")  # a channel's name as people write it
    if "#" in rest:
        raise ValueError(f"holds a #, which ends a URL: write %23, or {FIELDS_FORM}")
    before, _, query = rest.partition("?")
    authority, _, path = before.partition("/")
    if authority.count("@") > 1:
        raise ValueError(
            f"holds more than one @ before the host: write %40 for those inside, or {FIELDS_FORM}"
        )
    if re.search(r"[^/]@", path):
        raise ValueError(
            "holds an @ behind a /: if both are part of the password, write %2F and %40, or "
            f"{FIELDS_FORM}"
        )
    credentials, _, place = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    return Url(
        scheme=scheme,
        user=unquote(user),
        password=unquote(password),
        place=unquote(place),
        path=tuple(unquote(part) for part in path.split("/") if part),
        options=_options(query, known),
    )


def _options(query: str, known: frozenset[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, equals, value = pair.partition("=")
        name = unquote(name)
        usual = name.lower()
        if usual in _IDLE and equals:
            continue
        if not equals or (
            usual not in known and name[:1] not in {sign for sign in known if len(sign) == 1}
        ):
            shown = (
                f"the option {usual!r}"
                if re.fullmatch(r"[a-z_]{1,20}", usual) and equals
                else "an option"
            )
            raise ValueError(
                f"has {shown} that is not known here (known are "
                f"{', '.join(sorted(known)) or 'none'}): "
                f"take it out; if a ? or & of the password stands there, {FIELDS_FORM}"
            )
        key = usual if usual in known else name
        if key in options and key not in ("to", "cc", "bcc"):
            raise ValueError(f"has the option {key!r} twice: keep one")
        options[key] = ",".join(filter(None, (options.get(key, ""), unquote(value))))
    return options
