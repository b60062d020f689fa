"""What every test shares: hypothesis profiles that do not depend on the speed of the machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "default",
    deadline=None,  # time is measured in bench/, never in a test
    max_examples=100,
    derandomize=True,  # the default suite gives the same answer every time; soaks look further
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("soak", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# each worker and each of some hundred daemons and commands would compile the house anew
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# what whoever runs the tests has set is not the tests'; a proxy would stand between them and their
# loopback peers
_OTHERS = {"CREDENTIALS_DIRECTORY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
for name in [
    name for name in os.environ if name.startswith("NOTIFIER_") or name.upper() in _OTHERS
]:
    del os.environ[name]
for name in ("LC_ALL", "LC_MESSAGES", "LANG"):  # commands speak the machine's language
    if os.environ.get(name, "").startswith("zh"):
        del os.environ[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots",
        action="store_true",
        help="write the pictures of docs/images/ anew, from a real browser",
    )


SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real notices and records; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(
            f"real notices and records are not here: {SHARED.name}/ is absent beside the project"
        )
    return SHARED


def pytest_xdist_auto_num_workers() -> int:
    """Return two workers a core: tests of a real daemon wait for most of their time."""
    return (os.cpu_count() or 1) * 2


@pytest.hookimpl(trylast=True)  # after soaks are taken out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every other worker begin with real daemons, which wait for most of their time.

    Workers get equal runs of the tests and take from each other's ends. In the order of names the
    first had all daemons: the others wanted more cores than there are, and then stood idle in turn.
    """
    daemons = [item for item in items if item.path.parent.name == "acceptance"]
    others = [item for item in items if item.path.parent.name != "acceptance"]
    files = list(dict.fromkeys(item.path for item in daemons))
    first = [item for item in daemons if files.index(item.path) % 2 == 0]
    second = [item for item in daemons if files.index(item.path) % 2 == 1]
    room = max(0, len(items) // 2 - len(first))
    items[:] = first + others[:room] + second + others[room:]
