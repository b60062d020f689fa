"""What is wrong in config.toml is said with its place, what it is and what to do; all of it at
once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from notifier.config import load_settings
from notifier.config.schema import (
    BackupsTable,
    ChannelTable,
    ConfigFile,
    LimitsTable,
    OperatorsTable,
    RecipientTable,
    RuleTable,
)
from notifier.errors import ConfigError
from tests.configs import CONSOLE, ONE, faults, written

FAULTS = {
    # the whole program
    'group_wait = "3"': 'group_wait: not a span of time: write "30s", "15m", "2h" or "1d"',
    "group_wait = 30": 'group_wait: expected a text, as in "30s", "15m", "2h" or "1d"',
    'group_wait = "1h"': "group_wait: expected 0s to 10m",
    'inbox = ""': "inbox: expected a text of one line, not empty",
    'ledger = "a\\nb"': "ledger: expected a text of one line, not empty",
    'templates = "nowhere"': "templates: there is no such folder: make it or leave the line out",
    'calendar = "nowhere.toml"': "calendar: there is no nowhere.toml: write it "
    "or leave the line out",
    'heartbeat_every = "1s"': "heartbeat_every: expected 10s to 1d",
    'log_json = "perhaps"': "log_json: expected a valid boolean",
    'limits.rows = "many"': "limits.rows: expected a valid integer",
    "limits.rows = 0": "limits.rows: expected greater than 0",
    'backups.at = "2.30"': 'backups.at: not a time of day: write "08:45"',
    'engine.kind = "procrastinate"': (
        'engine.kind: "procrastinate" needs a ledger on PostgreSQL: write [ledger] url = '
        '"postgresql://…" or leave this line out'
    ),
    # channels
    'channels = ["wecom"]': "channels: expected a table, as in [channels]",
    'channels.wecom = "wecombot://key"': "channels.wecom: expected a table, as in [channels.wecom]",
    '[channels.WeCom]\nurl = "console://"': (
        "channels.WeCom: a channel's name has small letters, digits, - and _ only, as in "
        "[channels.wecom]"
    ),
    "[channels.wecom]": (
        "channels.wecom.url: is missing: give the channel's URL, or type and the fields of "
        "that service"
    ),
    '[channels.wecom]\nurl = "the-key-alone"': (
        "channels.wecom.url: expected a URL such as wecombot, tgram or mailtos and :// begin "
        "(it is not shown here)"
    ),
    CONSOLE + "timeout = 0": "channels.console.timeout: expected greater than or equal to 1",
    CONSOLE + "timeout = nan": "channels.console.timeout: expected a finite number",
    CONSOLE + "per_minute = 0": "channels.console.per_minute: expected greater than or equal to 1",
    CONSOLE + 'endpoint = "proxy"': (
        "channels.console.endpoint: expected a URL that begins with https: (it is not shown here)"
    ),
    CONSOLE + 'endpoint = "https://user:word@proxy.example.com"': (
        "channels.console.endpoint: expected an address without user, password and query (it "
        "is not shown here)"
    ),
    # recipients
    "recipients = {}": "recipients: expected a list, as in [...]",
    '[[recipients]]\nname = "张三"': (
        "recipients.1.channels: say on which channels: first write a [channels.NAME]"
    ),
    ONE + "channels = []": "recipients.1.channels: say on which channels: console",
    ONE + 'channels = "console"': "recipients.1.channels: expected a list, as in [...]",
    ONE + "channels = [3]": "recipients.1.channels.1: expected a text, the name "
    'of a channel, as in "wecom"',
    ONE + 'channels = ["wecom"]': "recipients.1.channels.1: there is no channel "
    "'wecom': known are console",
    ONE + 'channels = ["console:x"]': (
        "recipients.1.channels.1: console takes no address: write {to} into its URL or leave "
        "the address out"
    ),
    ONE + 'channels = ["console", "console"]': (
        "recipients.1.channels.2: 'console' stands twice: the same message would be sent twice"
    ),
    ONE + 'fallback = ["console"]': (
        "recipients.1.fallback.1: 'console' stands twice: the same message would be sent twice"
    ),
    ONE + 'quiet = "22"': "recipients.1.quiet: '22' are not quiet hours: write 22:00-07:30",
    ONE + 'digest = "25:00"': 'recipients.1.digest: not a time of day: write "08:45"',
    ONE + "digest_ahead_days = 1000": "recipients.1.digest_ahead_days: expected "
    "less than or equal to 365",
    ONE + 'language = "fr"': "recipients.1.language: expected 'zh' or 'en'",
    ONE + 'filter = "杭州"': (
        'recipients.1.filter: expected a table, as in { city = "杭州|宁波", price = ">=10000" }'
    ),
    ONE + 'filter = { ctiy = "杭州" }': (
        "recipients.1.filter: ctiy: no such field: use one of kind, notice_no, authority, "
        "city, platform, "
        "parcel_no, location, district, use, area, price"
    ),
    ONE + 'escalate_to = ["李四"]': (
        "recipients.1.escalate_to.1: there is no other recipient '李四': use the name of one"
    ),
    ONE + 'escalate_to = ["张三"]': (
        "recipients.1.escalate_to.1: there is no other recipient '张三': use the name of one"
    ),
    ONE + 'escalate_after = "10s"': "recipients.1.escalate_after: expected 1m to 7d",
    ONE + 'escalate_to = [{ to = "李四", after = "10s" }]': (
        "recipients.1.escalate_to.1.after: expected 1m to 7d"
    ),
    ONE + 'escalate_to = [{ to = "李四" }]': (
        "recipients.1.escalate_to.1: there is no other recipient '李四': use the name of one"
    ),
    ONE + 'escalate_to = [{ after = "1h" }]': "recipients.1.escalate_to.1.to: is missing",
    ONE + 'repeat = "1m"': "recipients.1.repeat: expected 5m to 1d",
    ONE + 'repeat = "5m"\nrules = [{ milestone = "deposit_close", urgent_from = "3wd" }]': (
        "recipients.1.repeat: deposit_close would be said 576 times more: write a longer repeat, "
        "or a shorter urgent_from"
    ),
    ONE + '[[recipients]]\nname = "张三"': (
        "recipients.2.name: '张三' stands twice: reminders are kept by name, choose another"
    ),
    ONE + '[[recipients]]\nname = "operators"': (
        "recipients.2.name: 'operators' is reserved for [operators]: choose another name"
    ),
    ONE + 'digest_on = ["funday"]': (
        "recipients.1.digest_on: 'funday' is no weekday: write mon, tue, wed, thu, fri, sat, sun"
    ),
    ONE + "digest_on = 1": (
        'recipients.1.digest_on: expected weekdays, as in ["mon"] or ["周一"]: mon, tue, '
        "wed, thu, fri, sat, sun"
    ),
    ONE + 'kinds = ["digests"]': (
        "recipients.1.kinds: there is no kind 'digests': known are reminder, new, change, "
        "escalation, answer, digest"
    ),
    ONE + 'kinds = ["missed"]': "recipients.1.kinds: 'missed' comes with \"reminder\": write that",
    ONE + "kinds = []": (
        "recipients.1.kinds: none is left: nothing would ever be sent; leave the recipient "
        "out instead"
    ),
    ONE + 'kinds = ["digest"]': 'recipients.1.kinds: says "digest", but not '
    'when: write digest = "08:45"',
    ONE + 'digest = "08:45"\nkinds = ["reminder"]': (
        'recipients.1.digest: kinds has no "digest": write it there, or take this out'
    ),
    ONE + 'kinds = ["new"]\nrules = [{ milestone = "deposit_close", leads = ["3h"] }]': (
        'recipients.1.rules: kinds has no "reminder": write it there, or take this out'
    ),
    ONE + 'escalate_to = ["李四"]\n[[recipients]]\nname = "李四"\nchannels = ["console"]\n'
    'kinds = ["reminder"]': (
        "recipients.1.escalate_to.1: '李四' gets no escalations: write \"escalation\" into "
        "its kinds"
    ),
    # rules
    '[[rules]]\nleads = ["3h"]': "rules.1.milestone: is missing",
    '[[rules]]\nmilestone = "registration"': (
        "rules.1.milestone: expected 'registration_open', 'registration_close', "
        "'deposit_close', 'bidding_open', "
        "'bidding_close' or 'auction_start'"
    ),
    '[[rules]]\nmilestone = "registration_open"': (
        "rules.1.leads: is missing: there are none by default for registration_open"
    ),
    '[[rules]]\nmilestone = "deposit_close"\nleads = ["3h", "3x"]': (
        "rules.1.leads.2: '3x' is not a lead: write 30m, 3h, 7d, 3wd, 3wd@09:00 or 0m"
    ),
    '[[rules]]\nmilestone = "deposit_close"\n'
    'leads = ["3h", "3h"]': "rules.1.leads.2: '3h' stands twice",
    '[[rules]]\nmilestone = "deposit_close"\nleads = ["401d"]': (
        "rules.1.leads.1: '401d': a lead is at most 400 days long"
    ),
    '[[rules]]\nmilestone = "deposit_close"\n[[rules]]\nmilestone = "deposit_close"': (
        "rules.2.milestone: a second rule for deposit_close: put all leads into one"
    ),
    f'[[rules]]\nmilestone = "deposit_close"\nnote = "{"长" * 201}"': (
        "rules.1.note: expected at most 200 characters"
    ),
    ONE + 'rules = [{ milestone = "deposit_close", roll = "up" }]': (
        "recipients.1.rules.1.roll: expected 'back' or 'off'"
    ),
    # operators
    "[operators]": "operators.channels: is missing",
    CONSOLE + '[operators]\nchannels = ["console"]\ndigest = "soon"': (
        'operators.digest: not a time of day: write "08:45"'
    ),
    CONSOLE + "[operators]\nchannels = []": "operators.channels: name a channel, as in "
    '["mail:ops@example.com"]',
    CONSOLE + '[operators]\nchannels = ["x"]': (
        "operators.channels.1: there is no channel 'x': known are console"
    ),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.items())
def test_a_wrong_setting_is_said_with_its_file_and_section_and_what_to_do(
    tmp_path: Path, text: str, fault: str
) -> None:
    (found,) = faults(written(tmp_path, text))
    assert found == f"config.toml: {fault}"


NAMES = sorted(
    {
        *RecipientTable.model_fields,
        *ChannelTable.model_fields,
        *RuleTable.model_fields,
        "city",
        "price",
    }
)

TYPOS = {
    'group_wiat = "30s"': "group_wiat: no such setting: did you mean group_wait?",
    "[channel.wecom]": "channel: no such setting: did you mean channels?",
    "[[recipient]]": "recipient: no such setting: did you mean recipients?",
    CONSOLE + "time_out = 3": "channels.console.time_out: no such setting: did you mean timeout?",
    ONE
    + 'fallbacks = ["console"]': "recipients.1.fallbacks: no such setting: did you mean fallback?",
    ONE + 'rules = [{ milestone = "deposit_close", lead = [] }]': (
        "recipients.1.rules.1.lead: no such setting: did you mean leads?"
    ),
    "limits.rosw = 3": "limits.rosw: no such setting: did you mean rows?",
    'backups.dir = "x"': "backups.dir: no such setting: known here are folder, keep, at",
    CONSOLE + '[operators]\nchannels = ["console"]\nlang = "en"': (
        "operators.lang: no such setting: did you mean language?"
    ),
}


@pytest.mark.parametrize(("text", "fault"), TYPOS.items())
def test_a_setting_that_there_is_not_is_refused_with_the_nearest_name(
    tmp_path: Path, text: str, fault: str
) -> None:
    (found,) = faults(written(tmp_path, text))
    assert found == f"config.toml: {fault}"


SETTINGS = [
    *((f"{{}} = 1\n{ONE}", "", name) for name in ConfigFile.model_fields),
    *((ONE + "{} = 1", "recipients.1.", name) for name in RecipientTable.model_fields),
    *((CONSOLE + "{} = 1", "channels.console.", name) for name in ChannelTable.model_fields),
    *(("limits.{} = 1", "limits.", name) for name in LimitsTable.model_fields),
    *(("backups.{} = 1", "backups.", name) for name in BackupsTable.model_fields),
    *(
        (ONE + "[[recipients.rules]]\n{} = 1", "recipients.1.rules.1.", name)
        for name in RuleTable.model_fields
    ),
]


@given(st.sampled_from(SETTINGS), st.data())
def test_two_letters_that_changed_places_lead_to_the_setting_that_was_meant(
    tmp_path_factory: pytest.TempPathFactory, setting: tuple[str, str, str], data: st.DataObject
) -> None:
    text, table, name = setting
    places = [at for at in range(len(name) - 1) if name[at] != name[at + 1]]
    at = data.draw(st.sampled_from(places))
    slip = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    found = faults(written(tmp_path_factory.getbasetemp(), text.replace("{}", slip)))
    (line,) = [line for line in found if f"{table}{slip}: " in line]
    if len(name) > 3:
        assert line == f"config.toml: {table}{slip}: no such setting: did you mean {name}?"


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    found = faults(
        written(
            tmp_path,
            'group_wait = "x"\n'
            + CONSOLE
            + "timeout = 0\n"
            + '[[recipients]]\nquiet = "x"\n[[recipients]]\nname = "b"\n'
            'channels = ["nowhere"]\nescalate_to = ["c"]\n',
        )
    )
    assert [line.split(": ")[1] for line in found] == [
        "group_wait",
        "channels.console.timeout",
        "recipients.1.quiet",
        "recipients.2.escalate_to.1",
        "recipients.2.channels.1",
    ]


BROKEN = {
    b'group_wait = "30s': ": not TOML: Unterminated string at the end of the "
    "file: a value is missing, or a "
    "quote",
    b"a = ": ": not TOML: Invalid value at the end of the file: a value is missing",
    b"\n\ngroup_wait = 30s\n": ":3:16: not TOML: Expected newline or end of "
    "document after a statement: texts",
    b"[limits]\n[limits]\n": ":2:8: not TOML: Cannot declare ('limits',) "
    "twice: a name stands twice",
    b'inbox = "a"\ninbox = "b"\n': ":2:12: not TOML: Cannot overwrite a value: a name stands twice",
    '\n# 注释\ninbox = "收件"\n'.encode("gbk"): ":2: not UTF-8: save the file as UTF-8",
    b"\xff\xfei\x00": ":1: not UTF-8: save the file as UTF-8",
    b"a = " + b"[" * 100_000: ": nested too deeply: this is no configuration",
    b"#" * 1_000_001: ": larger than 1000000 bytes: this is no configuration",
}


@pytest.mark.parametrize(("octets", "fault"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_file_that_is_no_toml_is_said_with_line_and_column(
    tmp_path: Path, octets: bytes, fault: str
) -> None:
    file = written(tmp_path, "")
    file.write_bytes(octets)
    (found,) = faults(file)
    assert found.startswith(f"config.toml{fault}")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    file.write_text(ONE, "utf-8-sig")
    assert [recipient.name for recipient in load_settings(file).recipients] == ["张三"]


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r": cannot be read: Is a directory$"):
        load_settings(tmp_path)


def test_a_file_that_is_not_there_is_said_with_how_to_write_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    (found,) = faults(file)
    assert (
        found == "config.toml: there is no such file: write one with `notifier -c config.toml init`"
    )


def test_without_any_file_it_is_said_where_one_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("notifier.config.loading.SYSTEM_FILE", tmp_path / "etc.toml")
    with pytest.raises(
        ConfigError,
        match=r"^no config\.toml here and no .*etc\.toml: write one with `notifier init`$",
    ):
        load_settings(None)
    (tmp_path / "etc.toml").write_text(ONE, "utf-8")
    assert load_settings(None).file.name == "etc.toml"
    written(tmp_path, ONE)
    assert load_settings(None).file == tmp_path / "config.toml"


def toml(value: object) -> str:
    match value:
        case dict():
            return (
                "{"
                + ", ".join(f"{toml(str(key))} = {toml(entry)}" for key, entry in value.items())
                + "}"
            )
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


ANYTHING = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.dates()
    | st.times()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(
        [
            "console://",
            "console",
            "3h",
            "registration_close",
            "22:00-07:30",
            "30s",
            "{to}",
            "mailto://{to}",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)


def table_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(sorted(model.model_fields)), ANYTHING, max_size=5)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "channels": st.dictionaries(
                st.sampled_from(["console", "mail"]), table_of(ChannelTable), max_size=2
            ),
            "recipients": st.lists(table_of(RecipientTable), max_size=2),
            "rules": st.lists(table_of(RuleTable), max_size=2),
            "operators": table_of(OperatorsTable),
        },
    ),
    table_of(ConfigFile),
)
def test_whatever_stands_in_a_file_it_is_loaded_or_refused_in_lines_with_its_name(
    tmp_path_factory: pytest.TempPathFactory, tables: dict[str, object], rest: dict[str, object]
) -> None:
    lines = [f"{key} = {toml(value)}" for key, value in (rest | tables).items()]
    file = written(tmp_path_factory.getbasetemp(), "\n".join(lines))
    try:
        load_settings(file)
    except ConfigError as fault:
        for line in str(fault).splitlines():
            assert line.startswith(f"{file}: "), line
            assert line.isprintable()


@pytest.mark.parametrize(
    "url", ["http://[bad/", "https://land.example.com:99999/", "https://?page"]
)
def test_an_address_of_a_page_that_leads_nowhere_is_refused_with_the_config(
    tmp_path: Path, url: str
) -> None:
    text = f'{ONE}[[watch]]\nurl = "{url}"\n'
    with pytest.raises(ConfigError, match="expected the address of a page"):
        load_settings(written(tmp_path, text))
