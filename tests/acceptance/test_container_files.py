"""Dockerfile and compose.yaml: linted, and their commands run without a container."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from notifier.config.schema import ConfigFile
from tests.configs import CONSOLE
from tests.daemon import Daemon, command, started

_PROJECT = Path(__file__).parents[2]
_DOCKERFILE = _PROJECT / "Dockerfile"


def _instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n\s*", "", _DOCKERFILE.read_text("utf-8")).splitlines()
    parts = (line.partition(" ") for line in lines)
    return [(name, rest.strip()) for name, _, rest in parts if re.fullmatch("[A-Z]+", name)]


def _last(name: str) -> str:
    return [rest for instruction, rest in _instructions() if instruction == name][-1]


def _environment() -> dict[str, str]:
    pairs = (pair.partition("=") for pair in _last("ENV").split())
    return {name: value for name, _, value in pairs}


def _compose(name: str = "compose.yaml") -> Any:
    return yaml.safe_load((_PROJECT / name).read_text("utf-8"))


def test_the_dockerfile_is_as_the_linter_wants_it() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    ended = subprocess.run([linter, _DOCKERFILE], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_what_is_copied_is_there_and_not_ignored() -> None:
    kept = set((_PROJECT / ".dockerignore").read_text("utf-8").splitlines())
    sources = [
        source
        for name, rest in _instructions()
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert {f"!{source}" for source in sources} == {line for line in kept if line[:1] == "!"}
    assert all((_PROJECT / source).exists() for source in sources)


def test_every_setting_of_the_image_is_one() -> None:
    settings = [name for name in _environment() if name.startswith("NOTIFIER_")]
    assert len(settings) == 3
    for name in settings:
        assert name.removeprefix("NOTIFIER_").lower().split("__")[0] in ConfigFile.model_fields


def test_the_commands_of_the_image_run_and_the_health_check_tells_a_daemon_that_stopped(
    tmp_path: Path,
) -> None:
    environment = {
        name: f"{tmp_path}{value}"
        for name, value in _environment().items()
        if name.startswith("NOTIFIER_")
    }
    config = tmp_path / "etc" / "notifier" / "config.toml"
    for folder in (config.parent, tmp_path / "data", tmp_path / "inbox"):
        folder.mkdir(parents=True)
    config.write_text(f'{CONSOLE}[[recipients]]\nname = "team"\nchannels = ["console"]\n', "utf-8")
    config.chmod(0o640)
    entry = json.loads(_last("ENTRYPOINT"))
    assert entry == ["notifier", "-c", "/etc/notifier/config.toml"]
    check = json.loads(_last("HEALTHCHECK").partition("CMD")[2])
    assert check[:3] == entry
    with started(Daemon(config, environment, action=json.loads(_last("CMD")))) as running:
        running.ready()
        assert command(config, *check[3:], environment=environment).returncode == 0
        assert running.stop() == 0
    assert command(config, *check[3:], environment=environment).returncode == 1
    assert (tmp_path / "data" / "notifier.db").is_file()
    assert not list(config.parent.glob("*.db")), "nothing is written beside the config"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("compose.yaml", "daemon"),
        ("compose.yaml", "board"),
        ("compose.nodes.yaml", "north"),
        ("compose.nodes.yaml", "south"),
    ],
)
def test_each_service_is_confined(file: str, name: str) -> None:
    service = _compose(file)["services"][name]
    user = _last("USER")
    assert service["user"] == user
    assert not user.startswith("0")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "ports" not in service, "the board listens on the machine's own address alone"
    mounts = {volume.split(":")[1] for volume in service["volumes"]}
    assert mounts == {"/etc/notifier/config.toml", *json.loads(_last("VOLUME"))}
    written = [value for key, value in _environment().items() if key.startswith("NOTIFIER_")]
    assert all(any(value.startswith(mount) for mount in mounts) for value in written)


def test_no_secret_stands_in_the_files_and_only_the_daemon_is_given_any() -> None:
    compose = _compose()
    services = compose["services"]
    assert "secrets" not in services["board"]
    assert "environment" not in services["board"]
    assert set(services["daemon"]["environment"]) == {"CREDENTIALS_DIRECTORY"}
    assert set(services["daemon"]["secrets"]) == set(compose["secrets"])
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert name.split("__")[0] in ConfigFile.model_fields
    assert "/secrets/" in (_PROJECT / ".gitignore").read_text("utf-8").splitlines()
    assert "://" not in _DOCKERFILE.read_text("utf-8")


def test_nodes_share_a_database_and_nothing_that_each_has_of_its_own() -> None:
    compose = _compose("compose.nodes.yaml")
    services = compose["services"]
    north, south = services["north"], services["south"]
    mine = {"north:/data", "south:/data"}
    assert set(north["volumes"]) ^ set(south["volumes"]) == mine
    # by it the ledger knows a node's inbox: a name that is made up at each start would be a new one
    assert (north["hostname"], south["hostname"]) == ("north", "south")
    own = {"volumes": 0, "hostname": 0}
    assert {**north, **own} == {**south, **own}
    assert north["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert north["command"] == ["run"]
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    for name in north["secrets"]:
        assert name.split("__")[0] in ConfigFile.model_fields
    assert services["database"]["secrets"] == ["database_password"]
    lock = _PROJECT / north["build"]["args"]["LOCK"]
    assert {"psycopg==", "procrastinate=="} <= set(re.findall(r"^[a-z]+==", lock.read_text(), re.M))


def test_the_services_run_commands_that_there_are() -> None:
    services = _compose()["services"]
    assert services["daemon"]["command"] == ["run"]
    assert services["board"]["command"] == ["web"]
