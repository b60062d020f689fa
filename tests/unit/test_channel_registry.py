"""Each service is one module with all that is particular to it; the documents name each with what
it says of itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import notifier.channels
from notifier.channels import SERVICES, ChannelService, describe, service_of_url
from notifier.domain.drafts import Unit

ROOT = Path(notifier.channels.__file__).parents[2]
HOUSE = ROOT / "notifier"
SCHEMES = {scheme for service in SERVICES for scheme in service.schemes}


def rows(page: str) -> dict[str, str]:
    """The lines of the table of services, by their `type`."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return {found[1]: found[0] for found in re.finditer(r"(?m)^\| `([\w-]+)`.*$", text)}


def test_no_two_services_have_a_name_or_a_scheme_in_common() -> None:
    names = [service.name for service in SERVICES]
    assert len(set(names)) == len(names)
    assert len(SCHEMES) == sum(len(service.schemes) for service in SERVICES)


@pytest.mark.parametrize("page", ["channels.md", "channels.zh-CN.md"])
def test_the_documents_name_every_service_and_no_other(page: str) -> None:
    assert rows(page).keys() == {service.name for service in SERVICES}


@pytest.mark.parametrize("page", ["channels.md", "channels.zh-CN.md"])
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_documents_say_of_a_service_what_it_says_of_itself(
    service: ChannelService, page: str
) -> None:
    row = rows(page)[service.name]
    assert all(f"{scheme}://" in row for scheme in service.schemes[-1:])
    fields = set(re.findall(r"`([a-z_]+)`", row.split(" | ")[2]))
    assert fields == {field.name for field in service.fields}
    if service.form.limit is not None:
        # room for mentions is kept
        limit = service.form.limit if service.name != "wecom-robot" else 4_096
        assert f"{limit:,}" in row
        assert re.search(
            "bytes|字节" if service.form.unit is Unit.BYTES else "characters|字符", row
        )
    if service.tempo.per_minute is not None:
        assert re.search(
            rf"\b{service.tempo.per_minute} a minute|每分钟 {service.tempo.per_minute} 条", row
        )


def test_a_service_is_named_in_its_own_module_alone() -> None:
    """A scheme, a host or a field of a service elsewhere would have to be found when the service is
    taken out."""
    hosts = (
        "qyapi.weixin",
        "api.telegram",
        "oapi.dingtalk",
        "open.feishu",
        "pushplus.plus",
        "ftqq.com",
        "hooks.slack",
    )
    found = [
        f"{path.relative_to(HOUSE)}: {word}"
        for path in sorted(HOUSE.rglob("*.py"))
        for word in (*hosts, *(f"{scheme}://" for scheme in SCHEMES))
        if word in path.read_text("utf-8")
    ]
    modules = {line.partition(":")[0] for line in found}
    own = {f"channels/{service.send.__module__.rpartition('.')[2]}.py" for service in SERVICES}
    # an example of a URL in an error's words; the wall of the first minute; the template's limit of
    # Markdown
    assert modules - own <= {
        "channels/__init__.py",
        "cli/example.py",
        "messages/clean.py",
        "config/loading.py",
    }


def test_a_scheme_names_its_service_whatever_its_letters() -> None:
    for service in SERVICES:
        for scheme in service.schemes:
            assert service_of_url(f"{scheme.upper()}://x") is service
    assert service_of_url("matrix://user:word@host/#room") is None


def test_what_is_shown_of_a_url_is_its_scheme() -> None:
    assert describe("WeComBot://6b0c1d2e-0000") == "wecombot://****"
    assert describe("6b0c1d2e-0000") == "****"
