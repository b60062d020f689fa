"""Checks across settings: names that exist, and exist once; addresses where a channel takes one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from notifier.channels import ADDRESS, service_named
from notifier.config.accounts import address_place, route_faults, table_faults
from notifier.config.problem_wording import Path, sound, unknown_key
from notifier.config.recipient_tables import replaced, routes_of, rules_of
from notifier.config.schema import (
    CHANNEL_SETTINGS,
    EngineTable,
    HookTable,
    MailInTable,
    OperatorsTable,
    PersonTable,
    RecipientTable,
    RuleTable,
)
from notifier.domain.recipients import DEFAULT_RULES, OPERATORS, Route, Rule

Misfit = tuple[Path, str]

_MOST_REPEATS = 150  # of one deadline


def misfits(plain: Mapping[str, Any]) -> Iterator[Misfit]:
    """Judges each table that is sound by itself, so that a slip in one hides nothing in another."""
    channels = _channels(plain)
    urls = {name: address_place(table, CHANNEL_SETTINGS) for name, table in channels.items()}
    for name, table in channels.items():
        if not table and not isinstance(plain["channels"][name], Mapping):
            continue  # that it is no table has been said
        for setting, words in table_faults(table, CHANNEL_SETTINGS):
            path = ("channels", name, setting)
            yield path, words or unknown_key(path, _known_fields(table))
    tables = [sound(RecipientTable, table) for table in _listed(plain, "recipients")]
    rules = [sound(RuleTable, table) for table in _listed(plain, "rules")]
    yield from _under(("rules",), _rules(rules, DEFAULT_RULES))
    operators = sound(OperatorsTable, plain.get("operators"))
    if operators is not None:
        yield from _under(
            ("operators", "channels"), _routes(operators.channels, urls, (), channels)
        )
        if not operators.channels:
            yield ("operators", "channels"), 'name a channel, as in ["mail:ops@example.com"]'
    yield from _engine(plain)
    mail_in = sound(MailInTable, plain.get("mail_in"))
    if mail_in is not None and mail_in.answer:
        answer = Route(channel=mail_in.answer, address="somebody@example.com")
        yield from _under(("mail_in", "answer"), _routes((answer,), urls, (), channels))
    if mail_in is not None and mail_in.reply_to and not mail_in.answer:
        yield (
            ("mail_in", "answer"),
            "is missing: whoever answers by mail (reply_to) must be told what was done",
        )
    yield from _under(("people",), _people(plain.get("people")))
    names = _names(plain)
    yield from _under(("recipients",), _twice(names))
    yield from _under(("hooks",), _hooks(_listed(plain, "hooks"), names, channels))
    defaults = replaced(DEFAULT_RULES, [rule for rule in rules if rule])
    deaf = {
        names[index]
        for index, table in enumerate(tables)
        if table and "escalation" not in table.kinds
    }
    for index, table in enumerate(tables):
        if table is not None:
            yield from _under(
                ("recipients", index), _recipient(table, index, names, urls, defaults, channels)
            )
            known = [*(plain.get("people") or ()), *names]
            yield from _under(("recipients", index), _answers(table, known))
            yield from _under(("recipients", index), _kinds(table, deaf))


def _engine(plain: Mapping[str, Any]) -> Iterator[Misfit]:
    """Jobs that wait in no database."""
    engine = sound(EngineTable, plain.get("engine"))
    ledger = plain.get("ledger")
    if engine is None or engine.kind == "embedded":
        return
    if not isinstance(ledger, Mapping) or not ledger.get("url"):
        yield (
            ("engine", "kind"),
            '"procrastinate" needs a ledger on PostgreSQL: write [ledger] url = "postgresql://..." '
            "or leave this line out",
        )


def _people(tables: object) -> Iterator[Misfit]:
    """The ids that two people share: nobody would know who pressed."""
    seen: set[tuple[str, str]] = set()
    for name, table in tables.items() if isinstance(tables, Mapping) else ():
        person = sound(PersonTable, table)
        if person is None:
            continue
        ids = (
            ("telegram_id", person.telegram_id),
            ("wecom_id", person.wecom_id),
            ("feishu_id", person.feishu_id),
            ("mail", person.mail.casefold()),
        )
        for field, value in ids:
            if value and (field, value) in seen:
                yield (str(name), field), "is somebody else's, too: give each person their own"
            seen.add((field, value))


def _hooks(
    tables: Sequence[Any], names: Sequence[str], channels: Mapping[str, Mapping[str, Any]]
) -> Iterator[Misfit]:
    """The hooks whose name or channel is not theirs alone, or not one for programs."""
    taken = [OPERATORS, *names]
    used: set[str] = set()
    for index, plain in enumerate(tables):
        table = sound(HookTable, plain)
        if table is None:
            continue
        if table.name in taken:
            yield (index, "name"), f"{table.name!r} stands twice: deliveries are kept by name"
        taken.append(table.name)
        if table.channel not in channels:
            known = ", ".join(name for name in channels if _is_hook(channels[name])) or "none"
            yield (index, "channel"), f"there is no channel {table.channel!r}: known are {known}"
        elif channels[table.channel] and not _is_hook(channels[table.channel]):
            yield (
                (index, "channel"),
                f'{table.channel!r} writes to people: use one of type = "hook"',
            )
        elif table.channel in used:
            yield (
                (index, "channel"),
                f"{table.channel!r} is another hook's: give each a channel of its own",
            )
        used.add(table.channel)


def _is_hook(table: Mapping[str, Any]) -> bool:
    return table.get("type") == "hook"


def _listed(plain: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = plain.get(key)
    return value if isinstance(value, list) else []


def _channels(plain: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Name -> its table, empty where it is not sound."""
    channels = plain.get("channels")
    if not isinstance(channels, Mapping):
        return {}
    return {
        str(name): table if isinstance(table, Mapping) else {} for name, table in channels.items()
    }


def _known_fields(table: Mapping[str, Any]) -> list[str]:
    service = service_named(str(table.get("type") or ""))
    return [field.name for field in service.fields] if service is not None else []


def _names(plain: Mapping[str, Any]) -> list[str]:
    """The recipients' names, also of those whose table is not sound."""
    return [
        str(table["name"]).strip()
        if isinstance(table, Mapping) and "name" in table
        else f"recipient {number}"
        for number, table in enumerate(_listed(plain, "recipients"), 1)
    ]


def _under(path: Path, faults: Iterator[Misfit]) -> Iterator[Misfit]:
    for rest, words in faults:
        yield (*path, *rest), words


def _twice(names: Sequence[str]) -> Iterator[Misfit]:
    for index, name in enumerate(names):
        if name == OPERATORS:
            yield (index, "name"), f"{OPERATORS!r} is reserved for [operators]: choose another name"
        elif name in names[:index]:
            yield (
                (index, "name"),
                f"{name!r} stands twice: reminders are kept by name, choose another",
            )


def _recipient(
    table: RecipientTable,
    index: int,
    names: Sequence[str],
    urls: Mapping[str, str],
    defaults: Sequence[Rule],
    channels: Mapping[str, Mapping[str, Any]],
) -> Iterator[Misfit]:
    for number, step in enumerate(table.escalate_to):
        for other in step.to:
            if other == names[index] or other not in names:
                yield (
                    ("escalate_to", number),
                    f"there is no other recipient {other!r}: use the name of one",
                )
    yield from _repeats(rules_of(table, defaults), ("repeat",) if table.repeat else ("rules",))
    routes = routes_of(table, urls)
    if not routes:
        known = [
            f"{name}:someone@example.com" if ADDRESS in url else name for name, url in urls.items()
        ]
        yield (
            ("channels",),
            f"say on which channels: {', '.join(known) or 'first write a [channels.NAME]'}",
        )
    yield from _under(("channels",), _routes(routes, urls, (), channels))
    yield from _under(("fallback",), _routes(table.fallback, urls, routes, channels))
    yield from _under(("rules",), _rules(table.rules, defaults))


def _answers(table: RecipientTable, known: Collection[object]) -> Iterator[Misfit]:
    """Yield what keeps people from answering; `known`: the names of [people] and recipients."""
    if table.people and table.answers != "each":
        yield ("people",), 'each of these is to answer: write answers = "each", or take this out'
    if table.answers == "each" and not table.people:
        yield ("answers",), 'say whose answers, as in people = ["张三", "李四"]'
    for number, person in enumerate(table.people):
        if person not in known:
            yield (
                ("people", number),
                f"nobody is known as {person!r}: name one of [people] or a recipient",
            )


def _repeats(rules: Sequence[Rule], place: Path) -> Iterator[Misfit]:
    """What would be said again too often; `place`: the setting that says so."""
    for rule in rules:
        urgent = [lead.length for lead in rule.leads if rule.is_urgent(lead)]
        if rule.repeat is None or not urgent:
            continue
        count = max(urgent) // rule.repeat
        if count > _MOST_REPEATS:
            yield (
                place,
                f"{rule.milestone} would be said {count} times more: write a longer repeat, or a "
                "shorter urgent_from",
            )


def _kinds(table: RecipientTable, deaf: Collection[str]) -> Iterator[Misfit]:
    """Yield what contradicts the kinds of message that are wanted.

    `deaf`: recipients who want no escalation.
    """
    for number, step in enumerate(table.escalate_to):
        for other in step.to:
            if other in deaf:
                yield (
                    ("escalate_to", number),
                    f'{other!r} gets no escalations: write "escalation" into its kinds',
                )
    if "reminder" not in table.kinds:
        for field in ("rules", "escalate_to", "repeat"):
            if getattr(table, field):
                yield (field,), 'kinds has no "reminder": write it there, or take this out'
    if "digest" not in table.kinds and table.digest is not None:
        yield ("digest",), 'kinds has no "digest": write it there, or take this out'
    if "kinds" in table.model_fields_set and "digest" in table.kinds and table.digest is None:
        yield ("kinds",), 'says "digest", but not when: write digest = "08:45"'


def _routes(
    routes: Sequence[Route],
    urls: Mapping[str, str],
    before: Sequence[Route],
    channels: Mapping[str, Mapping[str, Any]],
) -> Iterator[Misfit]:
    for number, route in enumerate(routes):
        takes_address = ADDRESS in urls.get(route.channel, "")
        if route.channel not in urls:
            yield (
                (number,),
                f"there is no channel {route.channel!r}: known are {', '.join(urls) or 'none'}",
            )
        elif _is_hook(channels[route.channel]):
            yield (number,), f"{route.channel!r} tells programs: name it under [[hooks]]"
        elif takes_address and not route.address:
            yield (
                (number,),
                f'{route.channel} needs an address: write "{route.channel}:someone@example.com"',
            )
        elif route.address and not takes_address and urls[route.channel]:
            yield (
                (number,),
                f"{route.channel} takes no address: write {ADDRESS} into its URL or leave the "
                "address out",
            )
        elif faults := route_faults(channels[route.channel], route.address):
            yield (number,), "; ".join(faults)
        elif route in (*before, *routes[:number]):
            yield (number,), f"{str(route)!r} stands twice: the same message would be sent twice"


def _rules(tables: Sequence[RuleTable | None], defaults: Sequence[Rule]) -> Iterator[Misfit]:
    seen: set[str] = set()
    for index, table in enumerate(tables):
        if table is None:
            continue
        if table.milestone in seen:
            yield (
                (index, "milestone"),
                f"a second rule for {table.milestone}: put all leads into one",
            )
        seen.add(table.milestone)
        if table.leads is None and all(rule.milestone != table.milestone for rule in defaults):
            yield (index, "leads"), f"is missing: there are none by default for {table.milestone}"
        leads = table.leads or ()
        yield from (
            ((index, "leads", number), f"{str(lead)!r} stands twice")
            for number, lead in enumerate(leads)
            if lead in leads[:number]
        )
