"""From the tables of the file to recipients and their rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from notifier.channels import ADDRESS
from notifier.config.accounts import address_place, service_of
from notifier.config.schema import (
    CHANNEL_SETTINGS,
    ChannelTable,
    ConfigFile,
    Language,
    RecipientTable,
    RuleTable,
)
from notifier.domain.quiet import QuietHours
from notifier.domain.recipients import (
    DEFAULT_RULES,
    HOOK_EVENTS,
    OPERATORS,
    DigestTime,
    EscalationStep,
    Recipient,
    Route,
    Rule,
)
from notifier.domain.values import WindowEnd, milestones_with

_OPENINGS = frozenset(milestones_with(WindowEnd.OPEN))

_LANGUAGE: Language = "zh"
"""Of messages, where the config names none."""


def recipients(config: ConfigFile) -> tuple[Recipient, ...]:
    defaults = replaced(DEFAULT_RULES, config.rules)
    urls = {name: _place(table) for name, table in config.channels.items()}
    language = config.language or _LANGUAGE
    groups = {name for name, table in config.channels.items() if _is_group(table)}
    numbered = enumerate(config.recipients, 1)
    found = [_recipient(table, number, defaults, urls, language) for number, table in numbered]
    return tuple(
        _in_its_group(recipient, table, groups)
        for recipient, table in zip(found, config.recipients, strict=True)
    )


def _in_its_group(
    recipient: Recipient, table: RecipientTable, groups: Collection[str]
) -> Recipient:
    """Return a recipient that knows whether it is a group.

    A group hears what its members answer; who is none hears it only if its `kinds` say so.
    """
    if any(route.channel in groups for route in recipient.channels):
        return replace(recipient, in_group=True)
    if "kinds" in table.model_fields_set:
        return recipient
    return replace(recipient, kinds=recipient.kinds - {"answer"})


def _is_group(table: ChannelTable) -> bool:
    """Return whether all members of a group read what goes through a channel."""
    url = table.url.get_secret_value() if table.url is not None else ""
    service = service_of({"url": url, "type": table.type})
    return service is not None and service.for_groups


def _place(table: ChannelTable) -> str:
    url = table.url.get_secret_value() if table.url is not None else ""
    return address_place(
        {"url": url, "type": table.type} | (table.model_extra or {}), CHANNEL_SETTINGS
    )


def operators(config: ConfigFile) -> Recipient | None:
    if config.operators is None:
        return None
    table = config.operators
    return Recipient(
        name=OPERATORS,
        channels=table.channels,
        language=table.language or config.language or _LANGUAGE,
        rules=(),
        digest=DigestTime(at=table.digest, empty=False) if table.digest is not None else None,
    )


def hooks(config: ConfigFile) -> tuple[Recipient, ...]:
    """Return the programs that are told of events, by the same rules as everybody."""
    defaults = replaced(DEFAULT_RULES, config.rules)
    return tuple(
        Recipient(
            name=table.name,
            channels=(Route(channel=table.channel),),
            filters=table.filter,
            rules=defaults,
            language=config.language or _LANGUAGE,
            kinds=frozenset(HOOK_EVENTS[event] for event in table.events),
            is_program=True,
        )
        for table in config.hooks
    )


def _recipient(
    table: RecipientTable,
    number: int,
    defaults: Sequence[Rule],
    urls: Mapping[str, str],
    language: Language,
) -> Recipient:
    quiet = table.quiet
    if table.quiet_days_off:
        quiet = replace(quiet or QuietHours(), days_off=True)
    digest = None
    if table.digest is not None:
        digest = DigestTime(
            at=table.digest,
            days=table.digest_days,
            on=table.digest_on,
            ahead_days=table.digest_ahead_days,
            empty=table.digest_empty,
            unchanged=table.digest_unchanged,
        )
    return Recipient(
        name=name_of(table, number),
        channels=routes_of(table, urls),
        fallback=table.fallback,
        filters=table.filter,
        rules=rules_of(table, defaults),
        language=table.language or language,
        quiet=quiet,
        escalation=_escalation(table),
        digest=digest,
        kinds=table.kinds if digest is not None else table.kinds - {"digest"},
        mentions=tuple(dict.fromkeys(table.mentions)),
        people=tuple(dict.fromkeys(table.people)) if table.answers == "each" else (),
    )


def name_of(table: RecipientTable, number: int) -> str:
    return table.name or f"recipient {number}"


def routes_of(table: RecipientTable, urls: Mapping[str, str]) -> tuple[Route, ...]:
    """Return the channels of a recipient.

    The only channel there is, if the recipient names none.
    """
    if table.channels is None and len(urls) == 1:
        ((only, url),) = urls.items()
        return () if ADDRESS in url else (Route(channel=only),)
    return table.channels or ()


def rules_of(table: RecipientTable, defaults: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules of a recipient.

    Its `repeat` is for whatever closes or is held, unless a rule of its own says otherwise.
    """
    rules = replaced(defaults, table.rules)
    if "repeat" not in table.model_fields_set:
        return rules
    own = {rule.milestone for rule in table.rules if "repeat" in rule.model_fields_set}
    return tuple(
        rule
        if rule.milestone in own or rule.milestone in _OPENINGS
        else replace(rule, repeat=table.repeat)
        for rule in rules
    )


def _escalation(table: RecipientTable) -> tuple[EscalationStep, ...]:
    """Return the steps, the soonest first; those of one time are one."""
    names: dict[timedelta, list[str]] = {}
    for step in table.escalate_to:
        names.setdefault(step.after or table.escalate_after, []).extend(step.to)
    return tuple(
        EscalationStep(to=tuple(dict.fromkeys(names[after])), after=after)
        for after in sorted(names)
    )


def replaced(rules: Sequence[Rule], tables: Iterable[RuleTable]) -> tuple[Rule, ...]:
    """`rules` with those of `tables` in their place; what a table does not say stays as it was."""
    merged = {rule.milestone: rule for rule in rules}
    for table in tables:
        changes = {
            name: getattr(table, name)
            for name in ("leads", "note", "urgent_from", "roll", "repeat")
            if name in table.model_fields_set
        }
        merged[table.milestone] = replace(
            merged.get(table.milestone, Rule(milestone=table.milestone, leads=())), **changes
        )
    return tuple(merged.values())
