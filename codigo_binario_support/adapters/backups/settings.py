"""What Support Promise Settings say about backups, as values; a field that was never saved has its default."""

from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import frappe
from frappe.utils import cint
from frappe.utils.backups import get_backup_path
from frappe.utils.password import get_decrypted_password

from ...domain.backups.retention import RetentionPolicy
from ..site.instants import to_site
from ..site.settings import SETTINGS, date_of, instant_of

#: Singles have no defaults for fields that came after they were saved.
_DEFAULTS = {
	**{"makes_backups": 1, "expires_sets": 1, "expires_foreign": 0, "offsite_enabled": 0},
	**{"backup_every_hours": 20, "keep_daily": 7, "keep_weekly": 4, "keep_monthly": 6},
}


class Store(NamedTuple):
	"""An S3-compatible store. `prefix` ends with a slash."""

	endpoint: str
	region: str
	bucket: str
	prefix: str
	access_key: str
	secret: str


class BackupSettings(NamedTuple):
	folder: Path
	makes_backups: bool
	every_seconds: int
	expires_sets: bool
	retention: RetentionPolicy
	operators: tuple[str, ...]
	watched_since: date | None
	checked_at: datetime | None


def backup_settings() -> BackupSettings:
	values = _values()
	return BackupSettings(
		folder=Path(values.get("backup_folder") or get_backup_path()).resolve(),
		makes_backups=bool(values["makes_backups"]),
		every_seconds=min(max(values["backup_every_hours"], 1), 23) * 3_600,
		expires_sets=bool(values["expires_sets"]),
		retention=RetentionPolicy(
			daily=max(values["keep_daily"], 1),
			weekly=max(values["keep_weekly"], 0),
			monthly=max(values["keep_monthly"], 0),
			expires_foreign=bool(values["expires_foreign"]),
		),
		operators=tuple((values.get("operators") or "").replace(",", "\n").split()),
		watched_since=date_of(SETTINGS, "watched_since"),
		checked_at=instant_of(SETTINGS, "promises_checked_at"),
	)


def store() -> Store | None:
	"""Where sets are copied to; None when copying is off or no bucket is named."""
	values = _values()
	if not values["offsite_enabled"] or not values.get("offsite_bucket"):
		return None
	names = "endpoint", "region", "bucket", "access_key"
	text = {name: (values.get(f"offsite_{name}") or "").strip() for name in names}
	prefix = (values.get("offsite_prefix") or frappe.local.site).strip("/")
	secret = get_decrypted_password(SETTINGS, SETTINGS, "offsite_secret", raise_exception=False)
	return Store(**text, prefix=f"{prefix}/", secret=secret or "")


def watch_from(day: date) -> None:
	"""Days are judged from this one on; once set it stays."""
	if date_of(SETTINGS, "watched_since") is None:
		frappe.db.set_single_value(SETTINGS, "watched_since", day, update_modified=False)


def note_check(now: datetime) -> None:
	"""Remember that absence was looked for: what looks for it must not be absent itself."""
	at = to_site(now).replace(microsecond=0)
	frappe.db.set_single_value(SETTINGS, "promises_checked_at", at, update_modified=False)


def _values() -> dict:
	saved = frappe.db.get_singles_dict(SETTINGS)
	values = {key: cint(saved.get(key, default)) for key, default in _DEFAULTS.items()}
	return {**saved, **values}
