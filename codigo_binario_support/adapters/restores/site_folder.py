"""The files of the site's own folder that a restore writes: its configuration, its journal, its folders of uploads.

A file is replaced as a whole and reaches the disk before anything goes on. A folder is moved, never copied over another.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import frappe

from ...domain.restores import journal as journals
from ...domain.restores.journal import Journal

_JOURNAL = "support-restore.json"
#: Where journals of restores lie that came to their end: they say how to go back.
_ENDED = ("private", "support-restores")
_FOLDERS = ("public/files", "private/files")


def site_folder() -> Path:
	return Path(frappe.get_site_path()).resolve()


def config() -> dict[str, Any]:
	"""The site's configuration as it is on disk now."""
	return json.loads((site_folder() / "site_config.json").read_text(encoding="utf-8"))


def change_config(values: Mapping[str, Any]) -> None:
	"""Put values into site_config.json, all or none; None takes a key out."""
	content = {**config(), **values}
	content = {key: value for key, value in content.items() if value is not None}
	_replace(site_folder() / "site_config.json", json.dumps(content, indent=1, sort_keys=True))


def running_journal() -> Journal | None:
	"""The journal of a restore that is under way or died. Raises `JournalError`."""
	path = site_folder() / _JOURNAL
	return journals.parse(path.read_text(encoding="utf-8")) if path.exists() else None


def write_journal(journal: Journal) -> None:
	path = site_folder() / _JOURNAL
	if not path.exists():
		# It holds a password, as site_config.json does.
		path.touch(mode=0o600)
	_replace(path, journals.serialize(journal))


def end_journal(journal: Journal) -> Path:
	"""Lay the journal away: nothing is under way any more."""
	target = site_folder().joinpath(*_ENDED) / f"{journal.after.db_name}.json"
	target.parent.mkdir(parents=True, exist_ok=True)
	write_journal(journal)
	os.replace(site_folder() / _JOURNAL, target)
	return target


def drop_journal() -> None:
	"""Nothing was switched, and nothing is under way any more."""
	(site_folder() / _JOURNAL).unlink(missing_ok=True)


def ended_journals() -> list[Journal]:
	"""Restores that came to their end, the latest last."""
	found = [
		journals.parse(path.read_text(encoding="utf-8"))
		for path in site_folder().joinpath(*_ENDED).glob("*.json")
	]
	return sorted(found, key=lambda journal: journal.started_at)


def forget_journal(name: str) -> None:
	"""What a journal kept is gone: nobody can go back to it."""
	(site_folder().joinpath(*_ENDED) / f"{name}.json").unlink(missing_ok=True)


def forget_journals() -> None:
	"""All of them: nobody can go back to anything."""
	shutil.rmtree(site_folder().joinpath(*_ENDED), ignore_errors=True)


def staging(name: str) -> Path:
	"""Where the files of a restore are unpacked: on the site's own disk."""
	return site_folder() / "private" / "support-scratch" / name


def switch_folders(new: Path, mark: str) -> None:
	"""Put the two folders below `new` in the place of the site's; the old ones stay beside them. May be repeated."""
	for live, kept in _folders(mark):
		staged = new / live.relative_to_site
		if staged.exists() and not kept.exists():
			live.path.mkdir(parents=True, exist_ok=True)
			os.rename(live.path, kept)
		if staged.exists():
			_move(staged, live.path)


def switch_folders_back(mark: str) -> None:
	"""The folders that a restore put aside, in their place again; the restored ones are put aside. May be repeated."""
	for live, kept in _folders(mark):
		restored = live.path.with_name(f"files.restored-{mark}")
		if kept.exists() and live.path.exists():
			os.rename(live.path, restored)
		if kept.exists():
			os.rename(kept, live.path)


def kept_folders(mark: str) -> list[Path]:
	"""Folders put aside by a restore, or by going back from it."""
	found = [kept for _live, kept in _folders(mark)]
	found += [live.path.with_name(f"files.restored-{mark}") for live, _kept in _folders(mark)]
	return [path for path in found if path.exists()]


def drop_kept_folders(mark: str) -> None:
	for path in kept_folders(mark):
		shutil.rmtree(path)


class _Live:
	"""One of the site's folders of uploads; a link is followed, so that what it points to is what moves."""

	def __init__(self, below: str) -> None:
		self.relative_to_site = below
		self.path = (site_folder() / below).resolve()


def _folders(mark: str) -> Iterator[tuple[_Live, Path]]:
	for below in _FOLDERS:
		live = _Live(below)
		yield live, live.path.with_name(f"files.before-{mark}")


def _move(source: Path, target: Path) -> None:
	"""A rename, also onto another disk: copied beside the target first, so that what stands there is always whole."""
	if source.stat().st_dev == target.parent.stat().st_dev:
		os.rename(source, target)
		return
	incoming = target.with_name(f".{target.name}.incoming")
	if incoming.exists():
		shutil.rmtree(incoming)
	shutil.copytree(source, incoming, symlinks=True)
	os.rename(incoming, target)
	shutil.rmtree(source)


def _replace(path: Path, text: str) -> None:
	mode = path.stat().st_mode & 0o777
	incoming = path.with_name(f".{path.name}.{os.getpid()}")
	with contextlib.ExitStack() as cleaning:
		cleaning.callback(incoming.unlink, missing_ok=True)
		descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
		with os.fdopen(descriptor, "w", encoding="utf-8") as file:
			file.write(text)
			file.flush()
			os.fsync(file.fileno())
		os.replace(incoming, path)
	folder = os.open(path.parent, os.O_RDONLY)
	try:
		os.fsync(folder)
	finally:
		os.close(folder)
