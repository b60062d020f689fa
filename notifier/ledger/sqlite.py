"""sqlite-utils without numpy, which it loads where it finds it, for types that no ledger holds: that costs every
command 70 ms, and the daemon 20 MB."""

from __future__ import annotations

import sys

_HIDDEN = [name for name in ("numpy", "pandas") if name not in sys.modules]
for name in _HIDDEN:
    sys.modules[name] = None  # type: ignore[assignment]  # what makes `import` raise ImportError

from sqlite_utils import Database, Migrations  # noqa: E402  # they must be hidden before

for name in _HIDDEN:
    del sys.modules[name]

__all__ = ["Database", "Migrations"]
