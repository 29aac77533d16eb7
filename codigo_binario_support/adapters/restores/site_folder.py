"""The files of the site's own folder that a restore writes: its configuration, its journal, its folders of uploads.

A file is replaced as a whole and reaches the disk before anything goes on. A folder is moved, never copied over another.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import frappe

from ...domain.restores import journal as journals
from ...domain.restores.journal import Journal
from ..backups.dumps import sync
from ..backups.inventory import FOLDERS

_JOURNAL = "support-restore.json"
#: What of the configuration keeps users and the scheduler out.
CLOSED = ("maintenance_mode", "pause_scheduler")


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


def close_site() -> None:
	change_config({flag: 1 for flag in CLOSED})


def running_journal() -> Journal | None:
	"""The journal of a restore that is under way or died. Raises `JournalError`."""
	path = site_folder() / _JOURNAL
	return _read(path) if path.exists() else None


def write_journal(journal: Journal) -> None:
	path = site_folder() / _JOURNAL
	if not path.exists():
		# It holds a password, as site_config.json does.
		path.touch(mode=0o600)
	_replace(path, journals.serialize(journal))


def end_journal(journal: Journal) -> Path:
	"""Lay the journal away: nothing is under way any more."""
	target = _ended() / f"{journal.after.db_name}.json"
	target.parent.mkdir(parents=True, exist_ok=True)
	write_journal(journal)
	os.replace(site_folder() / _JOURNAL, target)
	return target


def drop_journal() -> None:
	"""Nothing was switched, and nothing is under way any more."""
	(site_folder() / _JOURNAL).unlink(missing_ok=True)


def ended_journals() -> list[Journal]:
	"""Restores that came to their end, the latest last."""
	return sorted(map(_read, _ended().glob("*.json")), key=lambda journal: journal.started_at)


def forget_journals() -> None:
	"""All of them: nobody can go back to anything."""
	shutil.rmtree(_ended(), ignore_errors=True)


def _ended() -> Path:
	"""Where journals of restores lie that came to their end: they say how to go back."""
	return site_folder() / "private" / "support-restores"


def _read(path: Path) -> Journal:
	return journals.parse(path.read_text(encoding="utf-8"))


def evidence_file(name: str) -> Path:
	"""Where the evidence is exported to that was written since the set of a restore."""
	return site_folder() / "private" / "backups" / f"support-evidence-since-{name}.tar.gz"


def scratches() -> Path:
	"""Where the files of restores and drills are unpacked: on the site's own disk."""
	return site_folder() / "private" / "support-scratch"


def switch_folders(new: Path, mark: str) -> None:
	"""Put the two folders below `new` in the place of the site's; the old ones stay beside them. May be repeated."""
	for below, live, kept, _restored in _folders(mark):
		staged = new / below
		if staged.exists() and not kept.exists():
			live.mkdir(parents=True, exist_ok=True)
			os.rename(live, kept)
		if staged.exists():
			_move(staged, live)


def switch_folders_back(mark: str) -> None:
	"""The folders that a restore put aside, in their place again; the restored ones are put aside. May be repeated."""
	for _below, live, kept, restored in _folders(mark):
		if kept.exists() and live.exists():
			os.rename(live, restored)
		if kept.exists():
			os.rename(kept, live)


def kept_folders(mark: str) -> list[Path]:
	"""Folders put aside by a restore, or by going back from it."""
	return [path for _below, _live, *aside in _folders(mark) for path in aside if path.exists()]


def drop_kept(mark: str) -> None:
	"""The folders that a restore put aside go, and its journal: nobody can go back to them."""
	for path in kept_folders(mark):
		shutil.rmtree(path)
	(_ended() / f"{mark}.json").unlink(missing_ok=True)


def _folders(mark: str) -> Iterator[tuple[str, Path, Path, Path]]:
	"""(name below the site, folder of uploads, where a restore puts it aside, where going back puts the restored one).

	A link is followed, so that what it points to is what moves.
	"""
	for below in FOLDERS:
		live = (site_folder() / below).resolve()
		yield below, live, live.with_name(f"files.before-{mark}"), live.with_name(f"files.restored-{mark}")


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
	incoming = path.with_name(f".{path.name}.{os.getpid()}")
	descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, path.stat().st_mode & 0o777)
	try:
		with os.fdopen(descriptor, "w", encoding="utf-8") as file:
			file.write(text)
		sync(incoming)
		os.replace(incoming, path)
	finally:
		incoming.unlink(missing_ok=True)
	sync(path.parent)
