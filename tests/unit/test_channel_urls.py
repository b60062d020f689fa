"""A channel's URL that can be read in two ways is refused with its place; the fields need no
escaping."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.channels import open_channel
from notifier.channels.addresses import split_addresses
from notifier.channels.mail import read_url
from notifier.channels.registry import service_named
from notifier.channels.urls import split_url
from notifier.errors import ChannelError

MAIL = "mailtos://notifier%40example.com:{}@smtp.example.com:465/?mode=ssl&from=a@example.com&to={{to}}"
AMBIGUOUS = [
    "p@ss",
    "p#ss",
    "p/ss",
    "p?ss",
    "1/2",
    "1?2",
    "a@b/c",
    "a/b@c",
    "@",
    "/",
    "?",
    "#",
    "12/@3",
]
BETWEEN = (",", ", ", ";", "\uff0c", "\uff1b", "\u3001", " ", "\n", "\u3000", " \uff0c\u3001 ")
NO_ADDRESSES = [
    "li",
    "li@",
    "@example.com",
    "li＠example.com",
    "li@example.com。",
    "a@b@c.com",
    "<li@example.com>",
]
PASSWORDS = st.text(alphabet="ab1:/@?&=%#.,;!+ 密", min_size=1, max_size=12)


@pytest.mark.parametrize("password", AMBIGUOUS)
def test_a_password_with_a_sign_of_its_own_in_a_url_is_refused_with_its_place_and_the_way_out(
    password: str,
) -> None:
    """Part of it became an address, and `check` said ok."""
    with pytest.raises(ChannelError) as raised:
        open_channel("mail", MAIL.format(password))
    words = str(raised.value)
    assert words.startswith("channels.mail.url: mailtos://****")
    assert "fields (type, user, password" in words
    if len(password) > 1:
        assert password not in words


@given(PASSWORDS)
def test_a_password_in_a_url_is_read_as_it_is_meant_or_refused(password: str) -> None:
    """Never as another one, and never so that a part of it becomes a host or an address."""
    assume("%" not in password)
    service = service_named("mail")
    assert service is not None
    try:
        fields = read_url(split_url(MAIL.format(password), service.options))
    except ValueError:
        return
    assert fields["password"] == password
    assert (fields["host"], fields["to"]) == ("smtp.example.com", "{to}")


@given(PASSWORDS)
def test_a_password_that_is_escaped_is_read_back(password: str) -> None:
    service = service_named("mail")
    assert service is not None
    fields = read_url(split_url(MAIL.format(quote(password, safe="")), service.options))
    assert (fields["user"], fields["password"]) == ("notifier@example.com", password)
    assert (fields["host"], fields["port"], fields["from"]) == (
        "smtp.example.com",
        "465",
        "a@example.com",
    )


@given(st.text(alphabet=st.characters(exclude_categories=["C"]), min_size=1, max_size=30))
def test_the_fields_take_any_password(password: str) -> None:
    assume(password.strip())
    fields = {
        "host": "smtp.example.com",
        "from": "a@example.com",
        "to": "b@example.com",
        "password": password,
    }
    open_channel("mail", service="mail", fields=fields)


@pytest.mark.parametrize("url", [
    "ntfy://user:p@ss@host/topic",
    "ntfy://user:pa/ss@host/topic",
    "ntfy://user:12/34@host/topic",
    "ntfy://user:12?34@host/topic",
    "bark://user:pa#ss@host/device01",
    "json://user:p@ss@host/hook",
    "json://user:pa/ss@host/hook",
    "gotify://host:port/AplantedToken.01",
    "gotify://host:99999/AplantedToken.01",
    "dingtalk://sec@ret@plantedtoken01",
    "matrix://user:p@ss@host/%23room",
])  # fmt: skip
def test_what_is_ambiguous_in_any_services_url_is_refused(url: str) -> None:
    with pytest.raises(ChannelError, match=r"^channels\.it\.url: "):
        open_channel("it", url)


def test_an_option_that_is_not_known_is_refused_instead_of_left_out() -> None:
    with pytest.raises(
        ChannelError, match=r"has the option 'thred' that is not known here \(known are .*thread"
    ):
        open_channel("it", "tgram://123456789:abcdefghijklmnopqrstuvwxyz/1?thred=5")


LISTED = "zhang@example.com{}li@example.com"


@pytest.mark.parametrize("between", BETWEEN)
def test_addresses_are_divided_by_whatever_people_write_between_them(between: str) -> None:
    assert split_addresses(LISTED.format(between)) == ("zhang@example.com", "li@example.com")


@pytest.mark.parametrize("wrong", NO_ADDRESSES)
def test_an_address_that_cannot_be_meant_is_refused_with_its_place(wrong: str) -> None:
    url = f"mailto://127.0.0.1?mode=insecure&from=a@example.com&to=zhang@example.com\uff0c{wrong}"
    with pytest.raises(
        ChannelError, match=r"^channels\.mail\.url: mailto://\*\*\*\* to: .* is no address"
    ) as raised:
        open_channel("mail", url)
    assert repr(wrong) in str(raised.value)
    fields = {"host": "h", "from": "a@example.com", "to": f"zhang@example.com {wrong}"}
    with pytest.raises(ChannelError, match=r"^channels\.mail\.to: .* is no address"):
        open_channel("mail", service="mail", fields=fields)


BOT = "123456789:abcdefghijklmnopqrstuvwxyz-ABCDEFGH"
FAULTS = {
    "a service that there is not": (
        {"service": "mial"},
        "type: there is no such service: known are console, mail",
    ),
    "a field that is missing": (
        {"service": "mail", "host": "h", "to": "a@b.c"},
        "from: is missing: mail needs an address",
    ),
    "a field that there is not": (
        {"service": "dingtalk", "token": "abcdefgh1", "secrt": "x"},
        "secrt: no such setting of dingtalk: known are token, secret",
    ),
    "a wrong value": (
        {"service": "telegram", "token": "planted-wrong", "to": "1"},
        "token: expected the bot's token",
    ),
    "a wrong address": (
        {"service": "telegram", "token": BOT, "to": "1 \u5f20\u4e09"},
        "to: '\u5f20\u4e09' is no address",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_with_a_field_is_said_with_its_place_and_without_its_value(name: str) -> None:
    fields, words = FAULTS[name]
    given_fields = {field: value for field, value in fields.items() if field != "service"}
    with pytest.raises(ChannelError, match=rf"^channels\.it\.{words}") as raised:
        open_channel("it", service=fields["service"], fields=given_fields)
    assert "planted" not in str(raised.value)
