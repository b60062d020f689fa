"""Real notices with truth by hand, scored as a person would: nothing wrong is said in silence."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from notifier.cli import main


def _score(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_notices", shared / "score_notices.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _read(
    sources: Sequence[Path], folder: Path, capsys: pytest.CaptureFixture[str]
) -> dict[str, dict[str, Any]]:
    """The first notice of each file, by the name of its folder, read by one command."""
    copies = []
    for source in sources:
        copies.append(folder / f"{source.parent.name}{source.suffix}")
        shutil.copyfile(source, copies[-1])
    main(["read", "--json", *map(str, copies)])
    notices = json.loads(capsys.readouterr().out)["notices"]
    return {Path(notice["file"]).stem: notice for notice in reversed(notices)}


def test_no_milestone_of_a_real_notice_is_wrong_in_silence_or_invented(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    score = _score(shared)
    bad: list[str] = []
    right = 0
    truth_files = sorted((shared / "notices").glob("*/truth.json"))
    sources = [path for truth in truth_files for path in truth.parent.glob("notice.*")]
    notices = _read(sources, tmp_path, capsys)
    for truth_file in truth_files:
        truth = json.loads(truth_file.read_text(encoding="utf-8"))
        notice = notices[truth_file.parent.name]
        pairs, _ = score.pair(truth["parcels"], notice["parcels"])
        for number, want in enumerate(truth["parcels"]):
            found = pairs.get(number)
            for name in score.MILESTONES:
                wanted = score.instant(want.get(name))
                stated = (found or {"milestones": {}})["milestones"].get(name)
                if stated is None:
                    continue
                got = score.said(stated)
                flagged = score.flagged(
                    notice["findings"], want.get("parcel_no") or "", name, strict=True
                )
                by_rule = stated["source"] == "inferred"
                if wanted is None and not by_rule:
                    bad.append(f"{truth_file.parent.name}: {name} invented")
                elif (
                    wanted is not None
                    and got != wanted
                    and not flagged
                    and not (wanted[1] == "day" and got[0][:10] == wanted[0] and by_rule)
                ):
                    bad.append(f"{truth_file.parent.name}: {name} is {got}, wanted {wanted}")
                elif got == wanted:
                    right += 1
    assert bad == []
    assert right >= 235


def test_the_second_parcel_of_the_merged_cell_inherits_its_opening(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "hangzhou-2024-r017"
    sources = list((shared / "notices" / name).glob("notice.*"))
    first, second = _read(sources, tmp_path, capsys)[name]["parcels"]
    assert first["milestones"]["bidding_open"]["source"] == "stated"
    assert second["milestones"]["bidding_open"]["source"] == "inherited"
    assert second["milestones"]["bidding_close"]["at"] == "2024-11-15T09:10:00+08:00"
