"""What any ledger must hold to of files that are handed over in it, and of their bytes."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from notifier.domain.reports import FileLine
from notifier.domain.waiting_files import FolderFile
from notifier.ports import Ledger
from tests.contract.world import MINUTE, NOW

_A, _B = b"bytes \x00\xff of a", b"bytes of b"
_HASH_A, _HASH_B = (sha256(data).hexdigest() for data in (_A, _B))


def _carry(ledger: Ledger, data: bytes, place: str = "north:/inbox", name: str = "a.csv") -> bool:
    file = FolderFile(
        place=place, name=name, size=len(data), changed_ns=5, sha256=sha256(data).hexdigest()
    )
    return ledger.kept_files.carry(file, data, NOW)


def _read_all(ledger: Ledger) -> list[bytes | None]:
    """Read what waits, as a node that reads does; return the bytes of each file."""
    read = []
    for file in ledger.kept_files.waiting():
        read.append(ledger.kept_files.bytes_of(file.sha256))
        ledger.kept_files.end(file.id, NOW)
    return read


def test_a_file_that_was_put_in_waits_until_it_was_read(ledger: Ledger) -> None:
    assert ledger.kept_files.put(["a.csv"], _A, _HASH_A, NOW) == "a.csv"
    (file,) = ledger.kept_files.waiting()
    assert (file.name, file.sha256, file.size) == ("a.csv", _HASH_A, len(_A))
    assert (file.trouble, file.received_at) == ("", NOW)
    assert ledger.kept_files.read_last("a.csv") == ""
    assert _read_all(ledger) == [_A]
    assert ledger.kept_files.waiting() == []
    assert ledger.kept_files.read_last("a.csv") == _HASH_A


def test_the_same_bytes_wait_once_and_are_looked_at_again_after_they_were_read(
    ledger: Ledger,
) -> None:
    for _ in range(2):
        assert ledger.kept_files.put(["a.csv"], _A, _HASH_A, NOW) == "a.csv"
    assert _read_all(ledger) == [_A]
    assert ledger.kept_files.put(["a.csv"], _A, _HASH_A, NOW) == "a.csv"
    assert _read_all(ledger) == [_A]


def test_other_bytes_by_a_name_that_is_taken_get_the_next_name(ledger: Ledger) -> None:
    names = ["a.csv", "a (2).csv"]
    assert ledger.kept_files.put(names, _A, _HASH_A, NOW) == "a.csv"
    assert ledger.kept_files.put(names, _B, _HASH_B, NOW) == "a (2).csv"
    assert ledger.kept_files.put(names, _B, _HASH_B, NOW) == "a (2).csv"
    assert ledger.kept_files.put(names, b"c", "c" * 64, NOW) == ""
    assert _read_all(ledger) == [_A, _B]


def test_a_file_that_two_nodes_see_is_read_once(ledger: Ledger) -> None:
    assert _carry(ledger, _A, "north:/shared")
    assert not _carry(ledger, _A, "south:/shared")
    assert _read_all(ledger) == [_A]
    assert not _carry(ledger, _A, "south:/shared")
    assert not _carry(ledger, _A, "east:/shared")
    assert ledger.kept_files.waiting() == []


def test_a_file_that_goes_back_to_what_it_was_is_read_again(ledger: Ledger) -> None:
    for data in (_A, _B, _A):
        assert _carry(ledger, data)
    assert _read_all(ledger) == [_A, _B, _A]


def test_an_old_copy_in_a_folder_that_is_new_brings_nothing_back(ledger: Ledger) -> None:
    for data in (_A, _B):
        _carry(ledger, data)
    _read_all(ledger)
    assert not _carry(ledger, _A, "south:/inbox")
    assert _carry(ledger, b"never seen", "east:/inbox")


def test_what_was_read_before_the_ledger_kept_files_is_kept_as_proof_and_not_read_again(
    ledger: Ledger,
) -> None:
    line = FileLine(name="a.csv", size=len(_B), mtime_ns=1, sha256=_HASH_B, read_at=NOW)
    ledger.files.save(line)
    ledger.files.note_bytes("a.csv", _HASH_A, NOW)
    ledger.files.note_bytes("a.csv", _HASH_B, NOW)
    assert not _carry(ledger, _A, "south:/inbox")
    assert ledger.kept_files.read_last("a.csv") == ""
    assert not _carry(ledger, _B)
    assert ledger.kept_files.waiting() == []
    assert ledger.kept_files.read_last("a.csv") == _HASH_B
    assert _carry(ledger, _A), "it has changed back"


def test_what_a_folder_holds_is_known_after_a_restart(ledger: Ledger) -> None:
    _carry(ledger, _A)
    _carry(ledger, _B, "south:/inbox", "b.csv")
    (known,) = ledger.kept_files.lying_in("north:/inbox")
    assert (known.name, known.size, known.changed_ns) == ("a.csv", len(_A), 5)
    assert known.sha256 == _HASH_A


def test_a_file_that_is_not_to_be_read_comes_with_its_reason_once(ledger: Ledger) -> None:
    for place in ("north:/shared", "south:/shared"):
        link = FolderFile(place=place, name="a", size=9, changed_ns=1, trouble="it is a link")
        ledger.kept_files.carry(link, b"", NOW)
    (file,) = ledger.kept_files.waiting()
    assert (file.trouble, file.sha256, file.size) == ("it is a link", "", 0)


def test_bytes_that_nothing_was_read_from_are_forgotten_and_proof_is_not(ledger: Ledger) -> None:
    for name, data, digest in (("a.csv", _A, _HASH_A), ("b.csv", _B, _HASH_B)):
        ledger.kept_files.put([name], data, digest, NOW)
    late = NOW + timedelta(days=31)
    ledger.files.note_bytes("a.csv", _HASH_A, NOW)
    assert ledger.kept_files.forget_old(late) == 0, "one waits, one is proof"
    _read_all(ledger)
    assert ledger.kept_files.forget_old(NOW + MINUTE) == 0
    assert ledger.kept_files.forget_old(late) == 1
    assert ledger.kept_files.bytes_of(_HASH_A) == _A
    assert ledger.kept_files.bytes_of(_HASH_B) is None
    assert ledger.kept_files.read_last("b.csv") == ""


def test_bytes_that_are_read_already_are_kept_and_wait_for_nobody(ledger: Ledger) -> None:
    ledger.kept_files.keep_read("site/page.html", _A, _HASH_A, NOW)
    assert ledger.kept_files.waiting() == []
    assert ledger.kept_files.bytes_of(ledger.kept_files.read_last("site/page.html")) == _A


def test_there_is_room_until_too_much_waits(ledger: Ledger) -> None:
    assert ledger.kept_files.has_room()
    big = FolderFile(
        place="north:/inbox", name="a", size=1_000_000_000, changed_ns=1, sha256=_HASH_A
    )
    ledger.kept_files.carry(big, _A, NOW)
    assert not ledger.kept_files.has_room()
    _read_all(ledger)
    assert ledger.kept_files.has_room()


def test_pictures_of_lines_are_kept_by_their_names(ledger: Ledger) -> None:
    ledger.kept_files.keep_picture("key", _A)
    ledger.kept_files.keep_picture("key", _B)
    assert ledger.kept_files.picture("key") == _B
    assert ledger.kept_files.has_picture("key")
    assert not ledger.kept_files.has_picture("other")
    assert ledger.kept_files.picture("other") is None
    assert ledger.kept_files.pictures() == 1


def test_a_ledger_says_whether_machines_share_it(ledger: Ledger) -> None:
    assert ledger.kept_files.are_handed_over == ledger.upkeep.place.startswith("postgresql:")
