"""From what a service answers to an Outcome: the parts that all services share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from notifier.channels.replies import Reply, UnansweredError
from notifier.domain.drafts import Message
from notifier.domain.outcomes import About, Outcome, Refusal, Verdict

_MOST_WORDS = 300
_LEAST_SECRET = 4  # characters; shorter ones are parts of any word
_LONGEST_WAIT = timedelta(days=1)
_LATER = (408, 425, 429)

SENT = Outcome(verdict=Verdict.SENT)


def clean(words: str, secrets: Iterable[str]) -> str:
    """The peer's words without secrets, control characters and length."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _LEAST_SECRET:
            words = words.replace(secret, "****")
    return re.sub(
        r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+", " ", words
    ).strip()[:_MOST_WORDS]


def cleaned(outcome: Outcome, secrets: Iterable[str]) -> Outcome:
    secrets = tuple(secrets)
    refusals = tuple(
        replace(refusal, words=clean(refusal.words, secrets)) for refusal in outcome.refusals
    )
    return replace(outcome, words=clean(outcome.words, secrets), refusals=refusals)


def rejected(words: str, about: About = About.CHANNEL) -> Outcome:
    return Outcome(verdict=Verdict.REJECTED, words=words, about=about)


def retry(words: str, wait: timedelta | None = None, about: About = About.CHANNEL) -> Outcome:
    return Outcome(verdict=Verdict.RETRY, words=words, retry_after=wait, about=about)


@dataclass(frozen=True, kw_only=True, slots=True)
class Codes:
    """The codes by which a service refuses a message; any other is about the channel.

    `limited`: sent too often, tried again after `wait`; `for_now`: tried again at the usual pace.
    """

    limited: frozenset[int]
    wait: timedelta
    for_now: frozenset[int]
    about_message: frozenset[int]
    about_address: frozenset[int] = frozenset()

    def refusal(self, code: int, words: str) -> Outcome:
        """Return the outcome that a code means; `words` say it in the service's own."""
        if code in self.limited:
            return retry(words, self.wait)
        if code in self.for_now:
            return retry(words)
        if code in self.about_address:
            return rejected(words, About.ADDRESS)
        return rejected(words, About.MESSAGE if code in self.about_message else About.CHANNEL)


def not_an_answer(reply: Reply, title: str) -> Outcome:
    """Return the outcome of an answer that is not the service's: it may have the message.

    Such is the page of a network that wants a sign-in, a proxy's, or half an answer.
    """
    return Outcome(verdict=Verdict.UNKNOWN, words=f"HTTP {reply.status}, but not {title}'s answer")


def http_refusal(reply: Reply, about: About = About.CHANNEL) -> Outcome | None:
    """Return the refusal that the status of HTTP alone is; None for any status from 200 to 299.

    A redirection is not followed: the key would leave with it. `about` is whom a status of 400 to
    499 is about.
    """
    status = reply.status
    if 200 <= status < 300:
        return None
    description = reply.text("description", "error", "message", "msg", "errmsg")
    words = f"HTTP {status}" + (f": {description}" if description else "")
    if status in _LATER or status >= 500 or status < 400:
        return retry(words, wait_of(reply))
    return rejected(words, About.MESSAGE if status == 413 else about)


def wait_of(reply: Reply) -> timedelta | None:
    """Return the pause that the service asks for.

    In the body (Telegram: parameters.retry_after; Discord: retry_after), else in the header.
    """
    parameters = reply.fields.get("parameters")
    inside = parameters if isinstance(parameters, dict) else reply.fields
    value = inside.get("retry_after", reply.headers.get("retry-after", ""))
    text = "" if isinstance(value, bool) else str(value)
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text):
        return None
    return min(timedelta(seconds=float(text)), _LONGEST_WAIT)


def to_each(addresses: Sequence[str], send: Callable[[str], Outcome]) -> Outcome:
    """The outcome of one message to several addresses, one after the other.

    What the whole channel is refused for, or asked to wait for, is not tried with the other
    addresses.
    """
    outcomes: dict[str, Outcome] = {}
    for address in addresses:
        try:
            outcome = send(address)
        except UnansweredError as fault:
            outcome = fault.outcome
        outcomes[address] = outcome
        refused = outcome.verdict is Verdict.REJECTED and outcome.about is About.CHANNEL
        if refused or outcome.retry_after is not None:
            break
    for address in addresses:
        outcomes.setdefault(address, outcome)
    return together(outcomes)


def together(outcomes: dict[str, Outcome]) -> Outcome:
    """Return one outcome for all addresses: SENT if any got it, the others as refusals."""
    sent = [
        outcome
        for outcome in outcomes.values()
        if outcome.verdict in (Verdict.SENT, Verdict.ACCEPTED)
    ]
    if not sent:
        return _worst(list(outcomes.values()))
    refusals = tuple(
        _refusal(address, outcome)
        for address, outcome in outcomes.items()
        if all(outcome is not outcome_sent for outcome_sent in sent)
    )
    words = "; ".join(outcome.words for outcome in sent if outcome.words)
    places = tuple(place for outcome in sent for place in outcome.places)
    return Outcome(verdict=sent[0].verdict, words=words, refusals=refusals, places=places)


def _refusal(address: str, outcome: Outcome) -> Refusal:
    # without an answer it is tried again, rather twice than never
    verdict = Verdict.REJECTED if outcome.verdict is Verdict.REJECTED else Verdict.RETRY
    return Refusal(address=address, verdict=verdict, words=outcome.words)


def _worst(outcomes: list[Outcome]) -> Outcome:
    """Of outcomes of which none is a yes, the one that decides what is done next."""
    for verdict in (Verdict.UNKNOWN, Verdict.RETRY):
        found = [outcome for outcome in outcomes if outcome.verdict is verdict]
        if found:
            return max(found, key=lambda outcome: outcome.retry_after or timedelta(0))
    return max(
        outcomes,
        key=lambda outcome: (outcome.about is About.CHANNEL, outcome.about is About.MESSAGE),
    )


def body_below_title(message: Message) -> str:
    """The text of `message` for a service that shows the title by itself."""
    return message.text.removeprefix(message.title).lstrip("\n") or message.text
