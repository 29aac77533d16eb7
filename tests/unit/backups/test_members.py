"""Archives unpacked by this program's own rules: the same on every Python, and nothing outside of the folder.

All of it runs once more with the names taken away that the standard library got only with 3.10.12 and 3.11.4.
"""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codigo_binario_support.adapters.restores import unpacking
from codigo_binario_support.adapters.restores.unpacking import check_opens, unpack
from codigo_binario_support.domain.backups import archives
from codigo_binario_support.domain.backups.members import FILE, FOLDER, LINK, Layout, Member
from codigo_binario_support.domain.backups.sets import NOT_DECRYPTED, TRUNCATED, UNREADABLE, Damaged

NEWER = ("FilterError", "data_filter", "tar_filter", "fully_trusted_filter", "AbsoluteLinkError")
SECRET = b"outside of the folder"


@pytest.fixture(autouse=True, params=["as it is", "as Debian 12 has it"])
def standard_library(request, monkeypatch):
	if request.param == "as Debian 12 has it":
		for name in NEWER:
			monkeypatch.delattr(tarfile, name, raising=False)
		for owner, name in ((tarfile.TarInfo, "replace"), (tarfile.TarFile, "extraction_filter")):
			monkeypatch.delattr(owner, name, raising=False)
		monkeypatch.setattr(tarfile.TarFile, "extract", _as_before)
		monkeypatch.setattr(tarfile.TarFile, "extractall", _as_before)


def _as_before(self, *arguments, **values):
	assert "filter" not in values, "unexpected keyword argument 'filter'"


def member(
	name: str, kind: bytes = tarfile.REGTYPE, target: str = "", content: bytes = b"x", mode: int = 0o644
):
	info = tarfile.TarInfo(name)
	info.type, info.linkname, info.mode = kind, target, mode
	info.size = len(content) if kind == tarfile.REGTYPE else 0
	return info, content


def archive(*rows, form: int = tarfile.PAX_FORMAT) -> bytes:
	made = io.BytesIO()
	with tarfile.open(fileobj=made, mode="w", format=form) as tar:
		for info, content in rows:
			tar.addfile(info, io.BytesIO(content) if info.type == tarfile.REGTYPE else None)
	return made.getvalue()


def file(name: str, content: bytes = b"x", mode: int = 0o644):
	return member(name, content=content, mode=mode)


def folder(name: str):
	return member(name, tarfile.DIRTYPE)


def link(name: str, target: str):
	return member(name, tarfile.SYMTYPE, target)


def hard(name: str, target: str):
	return member(name, tarfile.LNKTYPE, target)


def unpacked(tmp_path: Path, *rows, raw: bytes | None = None) -> Path:
	below = tmp_path / "public" / "files"
	unpack(io.BufferedReader(io.BytesIO(archive(*rows) if raw is None else raw)), below)
	return below


def contents(below: Path) -> dict[str, bytes]:
	return {str(path.relative_to(below)): path.read_bytes() for path in below.rglob("*") if path.is_file()}


SITE = "./erp.mx/public/files"


def test_what_frappe_packs_lies_below_the_folder_as_it_was(tmp_path):
	rows = (
		folder(SITE),
		file(f"{SITE}/a.png", b"1" * 5000),
		folder(f"{SITE}/b"),
		file(f"{SITE}/b/ñ.txt", b""),
	)
	below = unpacked(tmp_path, *rows, link(f"{SITE}/c", "b/ñ.txt"), hard(f"{SITE}/d", f"{SITE}/a.png"))
	assert contents(below) == {"a.png": b"1" * 5000, "b/ñ.txt": b"", "c": b"", "d": b"1" * 5000}
	assert os.readlink(below / "c") == "b/ñ.txt"
	assert (below / "a.png").stat().st_ino == (below / "d").stat().st_ino


def test_a_later_member_of_the_same_name_counts_and_leaves_other_names_alone(tmp_path):
	rows = (file("a", b"1"), hard("b", "a"), file("a", b"2"), link("l", "a"), file("l", b"3"))
	assert contents(unpacked(tmp_path, *rows)) == {"a": b"2", "b": b"1", "l": b"3"}
	below = unpacked(tmp_path / "other", file("a", b"1"), link("a", "b"), file("b", b"2"))
	assert contents(below) == {"a": b"2", "b": b"2"} and (below / "a").is_symlink()


HOSTILE = {
	"dots": [file(f"{SITE}/../../../escaped")],
	"dots of the folder": [folder("a/../../escaped")],
	"absolute": [file("/tmp/escaped")],
	"absolute below a site": [file("/srv/erp.mx/public/files/escaped")],
	"a link to an absolute path": [link("l", "/etc/passwd")],
	"a link out": [link("a/l", "../../outside")],
	"a link to nothing": [link("l", "")],
	"a link out by way of another": [folder("p/q"), link("p/q/s", "../.."), link("p/q/t", "s/../outside")],
	"a link out by way of a later one": [link("t", "s/../outside"), link("a/b", "x"), link("s", "a/..")],
	"a file through a link": [link("l", "a"), folder("a"), file("l/escaped")],
	"a file through a link out": [link("l", "../outside"), file("l/escaped")],
	"a link in the place of a folder": [folder("a"), link("a", "b")],
	"a folder in the place of a link": [link("a", "b"), folder("a")],
	"a hard link out": [hard("h", "../outside/secret")],
	"a hard link to an absolute path": [hard("h", "/etc/passwd")],
	"a hard link to nothing": [hard("h", "nothing")],
	"a hard link to itself": [file("h"), hard("h", "h")],
	"a character device": [member("d", tarfile.CHRTYPE)],
	"a block device": [member("d", tarfile.BLKTYPE)],
	"a fifo": [member("d", tarfile.FIFOTYPE)],
	"a type that nobody knows": [member("d", b"Z")],
	"a name of 300 bytes": [file("n" * 300)],
	"a name of 300 bytes in a folder": [file(f"{'n' * 300}/a")],
	"2,000 folders": [file("d/" * 2000 + "f")],
	"a long path of short names": [file("/".join(["d" * 100] * 40))],
	"a file, then a folder": [file("a"), file("a/b")],
	"a file, then the folder itself": [file("a"), folder("a")],
	"a folder, then a file": [file("a/b"), file("a")],
	"the folder of the files is a link": [link(SITE, "/mnt/files")],
	"the folder of the files is a file": [file(SITE)],
}


@pytest.mark.parametrize("rows", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_what_may_not_be_there_is_a_finding_with_words_and_nothing_is_outside(tmp_path, rows, form):
	(tmp_path / "outside").mkdir()
	(tmp_path / "outside" / "secret").write_bytes(SECRET)
	raw = archive(file("first"), *rows, form=form)
	with pytest.raises(Damaged) as found:
		unpacked(tmp_path, raw=raw)
	assert found.value.problem == UNREADABLE and len(str(found.value)) > 10
	there = {path for path in tmp_path.rglob("*") if (tmp_path / "public") not in (path, *path.parents)}
	assert there == {tmp_path / "outside", tmp_path / "outside" / "secret"}
	assert not [path for path in (tmp_path / "public").rglob("*") if path.is_symlink()]
	assert not Path("/tmp/escaped").exists()


def test_rights_are_read_write_and_run_and_no_owner_is_taken_over(tmp_path):
	rows = [file("s", mode=0o7777), file("p", mode=0), file("r", mode=0o640), file("x", mode=0o2075)]
	for info, _content in rows:
		info.uid, info.gid = 4711, 4711
	sticky, _content = folder("f")
	sticky.mode = 0o7777
	below = unpacked(tmp_path, *rows, (sticky, b""))
	rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in below.iterdir()}
	assert {name: rights[name] for name in "sprx"} == {"s": 0o755, "p": 0o600, "r": 0o640, "x": 0o644}
	assert not rights["f"] & 0o7000
	assert {path.stat().st_uid for path in below.iterdir()} == {os.getuid()}


def test_links_in_a_circle_and_links_within_the_folder_are_taken(tmp_path):
	below = unpacked(
		tmp_path, link("a", "b"), link("b", "a"), folder("d/e"), link("d/e/up", "../.."), link("n", "no")
	)
	assert os.readlink(below / "a") == "b" and (below / "d/e/up").resolve() == below.resolve()


@pytest.mark.parametrize("cut", [100, 600, 1024 + 300, 20_000])
@pytest.mark.parametrize("is_gzipped", [True, False])
def test_an_archive_that_ends_early_is_truncated_wherever_it_ends(tmp_path, cut, is_gzipped):
	raw = archive(file("a", os.urandom(30_000)), form=tarfile.GNU_FORMAT)
	raw = (gzip.compress(raw) if is_gzipped else raw)[:cut]
	with pytest.raises(Damaged) as found:
		unpacked(tmp_path, raw=raw)
	assert found.value.problem == TRUNCATED


def test_a_byte_that_was_flipped_in_a_gzipped_archive_is_found(tmp_path):
	raw = bytearray(gzip.compress(archive(file("a", os.urandom(30_000)))))
	raw[len(raw) // 2] ^= 0xFF
	with pytest.raises(Damaged):
		unpacked(tmp_path, raw=bytes(raw))


def test_a_head_that_was_damaged_in_the_middle_ends_nothing_in_silence(tmp_path):
	raw = bytearray(archive(file("a", b"1" * 512), file("b", b"2"), form=tarfile.GNU_FORMAT))
	raw[1024 + 3] ^= 0xFF
	with pytest.raises(Damaged, match="head is damaged"):
		unpacked(tmp_path, raw=bytes(raw))


@pytest.mark.parametrize(
	"attributes",
	[b"9 path=a\n", b"x path=a\n", b"99 path=a\n", b"0 path=a\n", b"8 path=a\n", b"13 size=-100\n"],
)
def test_attributes_that_are_none_are_damaged(tmp_path, attributes):
	info = tarfile.TarInfo("././@PaxHeader")
	info.type, info.size = b"x", len(attributes)
	head = info.tobuf(tarfile.USTAR_FORMAT) + attributes.ljust(512, b"\0")
	raw = head + archive(file("a"), form=tarfile.USTAR_FORMAT)
	if attributes == b"9 path=a\n":
		assert contents(unpacked(tmp_path, raw=raw)) == {"a": b"x"}
		return
	with pytest.raises(Damaged):
		unpacked(tmp_path, raw=raw)


def test_a_full_disk_is_no_finding_about_the_archive(tmp_path, monkeypatch):
	def full(*_arguments, **_values):
		raise OSError(errno.ENOSPC, "No space left on device")

	monkeypatch.setattr(unpacking.os, "open", full)
	with pytest.raises(OSError, match="No space"):
		unpacked(tmp_path, file("a"))


def test_nothing_is_unpacked_over_what_is_there(tmp_path):
	unpacked(tmp_path, link("l", "a"), folder("a"))
	with pytest.raises(OSError, match="not empty"):
		unpacked(tmp_path, file("l/b"))


_PARTS = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=40).filter(
	lambda part: part not in (".", "..") and len(part.encode()) <= 255
)
_NAMES = st.lists(_PARTS, min_size=1, max_size=6).map("/".join)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
@given(
	st.dictionaries(_NAMES, st.binary(max_size=2000), max_size=8), st.sampled_from([0, 1, 2]), st.booleans()
)
def test_whatever_the_standard_library_packs_is_unpacked_the_same(tmp_path_factory, files, form, is_gzipped):
	taken = {}
	for name, content in files.items():
		if not any(other.startswith(f"{name}/") or name.startswith(f"{other}/") for other in taken):
			taken[name] = content
	try:
		raw = archive(*(file(f"{SITE}/{name}", content) for name, content in taken.items()), form=form)
	except ValueError:
		return  # The oldest form has no room for a long name.
	below = unpacked(tmp_path_factory.mktemp("same"), raw=gzip.compress(raw) if is_gzipped else raw)
	assert contents(below) == taken
	assert (
		archives.read_archive(io.BytesIO(raw)).members
		== {f"public/files/{name}": len(content) for name, content in taken.items()}
		if taken
		else True
	)


_STEPS = st.sampled_from(["a", "b", "c", "..", ".", ""])
_LINKS = st.dictionaries(
	st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join),
	st.lists(_STEPS, min_size=1, max_size=5).map("/".join).filter(lambda text: text.strip("/")),
	max_size=6,
)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=300)
@given(_LINKS)
def test_links_that_are_taken_lead_nowhere_else_as_the_system_follows_them(tmp_path_factory, links):
	root = tmp_path_factory.mktemp("links").resolve()
	for outside in (root, root / "public"):
		for name in "abc":
			(outside / name / name).mkdir(parents=True)
	try:
		below = unpacked(root, *(link(name, target) for name, target in links.items()))
	except Damaged:
		return
	for name in links:
		try:
			found = Path(os.path.realpath(below / name, strict=True))
		except OSError:
			continue  # A circle, or nothing there.
		assert found == below or below in found.parents


def test_a_file_is_opened_before_anything_hangs_on_it(tmp_path):
	path = tmp_path / "x-database-enc.sql.gz"
	path.write_bytes(b"\x8c" + bytes(600))
	with pytest.raises(Damaged) as found:
		check_opens(path, None)
	assert found.value.problem == NOT_DECRYPTED
	path.write_bytes(gzip.compress(b"select 1"))
	check_opens(path, None)
	path.write_bytes(b"")
	with pytest.raises(Damaged):
		check_opens(path, None)


def test_without_the_program_that_decrypts_it_is_said_so(tmp_path, monkeypatch):
	path = tmp_path / "x-files-enc.tar"
	path.write_bytes(b"\x8c" + bytes(600))
	monkeypatch.setenv("PATH", str(tmp_path))
	with pytest.raises(Damaged, match="no gpg on this machine"):
		check_opens(path, "a key")


def test_a_layout_knows_the_folders_above_a_file():
	layout = Layout()
	assert layout.place(Member("./x/private/files/a/b/c", FILE)).path == "a/b/c"
	assert layout.place(Member("./erp.mx/public/files/a/b.png", FILE)).path == "a/b.png"
	assert layout.place(Member("x/private/files/", FOLDER)).path == ""
	with pytest.raises(Damaged, match=r"a/b is a folder and a link"):
		layout.place(Member("x/private/files/a/b", LINK, target="c"))
