"""What a new site gets: windows, holidays, the policy, a board. Each is made if absent and then left to its users."""

import json
from typing import Any

import frappe
from frappe import _

from ..adapters.access import people
from ..adapters.backups.settings import watch_from
from ..adapters.policy import promises
from ..adapters.site.instants import as_date, site_today, utc_now
from ..adapters.site.settings import SETTINGS, record_created
from ..domain.offers.offer import CANCELLED, ON_REQUEST, WAITING
from ..domain.requests import status
from ..domain.time.holidays import statutory_holidays
from ..domain.time.windows import WEEKDAYS, local_date
from ..domain.triage.verdict import TO_REVIEW, WITH_EXCLUDED
from ..flow.channels import acknowledgement
from ..shipped import DATA, policy_data

MODULE = "Codigo Binario Support"
_WEEKDAY_LABELS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_OURS = {"read_only": 1, "no_copy": 1, "print_hide": 1, "module": MODULE}
_REQUEST = {"fieldname": "support_request", "label": "Support Request", "insert_after": "valid_till"}
_CLAUSE = {"fieldname": "support_clause", "label": "Support Clause", "insert_after": "support_request"}
_TO_REQUEST = {"fieldtype": "Link", "options": "Support Request"}
#: Links from the books to the request. They go when the app goes.
CUSTOM_FIELDS = {
	doctype: [
		{**_OURS, **_REQUEST, **_TO_REQUEST, "depends_on": "support_request"},
		{**_OURS, **_CLAUSE, "fieldtype": "Data", "depends_on": "support_clause"},
	]
	for doctype in ("Supplier Quotation", "Quotation")
}
_ACKNOWLEDGED = {
	"es": "[{{ request.name }}] Recibimos tu solicitud: {{ request.subject }}",
	"en": "[{{ request.name }}] We received your request: {{ request.subject }}",
}
BOARD = "Solicitudes de soporte"

_OPEN = ("status", "not in", list(status.OVER))
_NO_OFFER = ("offer_status", "in", [WAITING, ON_REQUEST, CANCELLED])
#: Saved views of the list, beside "Mi cola", which names its owner: field, operator and value of each condition.
VIEWS: dict[str, list[tuple[str, str, Any]]] = {
	"Sin asignar": [("_assign", "is", "not set"), ("turn", "=", status.OURS), _OPEN],
	"Por vencer hoy": [("due_at", "Timespan", "today"), _OPEN],
	"Esperan al cliente": [("turn", "=", status.THEIRS)],
	"Por revisar": [("verdict", "=", TO_REVIEW), _OPEN],
	"Fuera de alcance sin oferta": [("verdict", "in", list(WITH_EXCLUDED)), _NO_OFFER, _OPEN],
}


def custom_fields() -> list[tuple[str, dict[str, Any]]]:
	"""(doctype, field) of each link."""
	return [(doctype, field) for doctype, fields in CUSTOM_FIELDS.items() for field in fields]


def create_defaults() -> None:
	"""Make everything that is absent."""
	data = policy_data()
	holiday_list = _holiday_list(data)
	for row in data["windows"]:
		_window(row, data, holiday_list)
	_policy(data)
	_board()
	create_queue_defaults()
	create_mail_defaults()
	set_missing_settings()


def create_queue_defaults() -> None:
	"""What agents start with: canned answers, and each their saved views of the list. Theirs to change once made."""
	for row in json.loads((DATA / "canned_answers.json").read_text(encoding="utf-8")):
		_canned_answer(row)
	for user in people.agents():
		make_views(user)


def make_views(user: str) -> None:
	"""The saved views of one agent. Not for everybody: a customer's list would show them too."""
	mine = [("_assign", "like", f"%{user}%"), _OPEN]
	for label, conditions in {"Mi cola": mine, **VIEWS}.items():
		values = {"reference_doctype": "Support Request", "filter_name": label, "for_user": user}
		if not frappe.db.exists("List Filter", values):
			filters = json.dumps([["Support Request", *condition] for condition in conditions])
			# They go with the app: what hangs on its doctypes is removed when it is uninstalled.
			view = frappe.get_doc({"doctype": "List Filter", **values, "filters": filters})
			view.insert(ignore_permissions=True)


def begin_to_watch() -> None:
	"""Days are judged from the one on which the app came, whatever was before."""
	watch_from(utc_now().astimezone(promises.zone()).date())


def create_mail_defaults() -> None:
	"""The Email Templates of the acknowledgement, by language."""
	for language, name in acknowledgement.TEMPLATES.items():
		body = (DATA / "mail" / f"acknowledgement.{language}.jinja").read_text(encoding="utf-8")
		subject = _ACKNOWLEDGED[language]
		_make("Email Template", name, {"subject": subject, "use_html": 1, "response_html": body})


def set_missing_settings() -> None:
	"""Settings that came with a later version start with their defaults; Frappe sets those only for new sites."""
	there = frappe.db.get_singles_dict(SETTINGS)
	for field in frappe.get_meta(SETTINGS).fields:
		if field.default and field.fieldname not in there:
			frappe.db.set_single_value(SETTINGS, field.fieldname, field.default, update_modified=False)


def holiday_list_name(first_year: int) -> str:
	return f"México, descanso obligatorio {first_year}-{first_year + 1}"


def add_holidays(name: str, years: list[int]) -> int:
	"""Add the statutory holidays of some years to a list; returns how many were new. Other rows stay."""
	doc = frappe.get_doc("Holiday List", name)
	there = {as_date(row.holiday_date) for row in doc.holidays}
	new = {day: label for day, label in statutory_holidays("MX", years).items() if day not in there}
	for day, label in new.items():
		doc.append("holidays", {"holiday_date": day, "description": label})
	doc.from_date = min(as_date(doc.from_date), as_date(f"{min(years)}-01-01"))
	doc.to_date = max(as_date(doc.to_date), as_date(f"{max(years)}-12-31"))
	doc.save()
	return len(new)


def _holiday_list(data: dict[str, Any]) -> str | None:
	if not any(row.get("holiday_country") for row in data["windows"]):
		return None
	year = site_today().year
	name = holiday_list_name(year)
	days = statutory_holidays("MX", [year, year + 1])
	values = {
		"holiday_list_name": name,
		"from_date": f"{year}-01-01",
		"to_date": f"{year + 1}-12-31",
		"country": "MX",
		"holidays": [{"holiday_date": day, "description": label} for day, label in days.items()],
	}
	_make("Holiday List", name, values)
	return name


def _window(row: dict[str, Any], data: dict[str, Any], holiday_list: str | None) -> None:
	values = {
		"window_name": row["name"],
		"time_zone": row.get("time_zone") or data["time_zone"],
		"always_open": int(bool(row.get("always_open"))),
		"holiday_list": holiday_list if row.get("holiday_country") else None,
		"rows": [
			{"weekday": _WEEKDAY_LABELS[WEEKDAYS.index(day)], "opens": opens, "closes": closes}
			for day, spans in (row.get("weekly") or {}).items()
			for opens, closes in spans
		],
	}
	_make("SLA Window", row["name"], values)


def _policy(data: dict[str, Any]) -> None:
	if frappe.db.exists("Support Policy", {"enabled": 1}):
		return
	same = ("version", "time_zone", "language", "review_threshold", "reopen_days")
	values = {
		"policy_name": data["name"],
		"enabled": 1,
		"valid_from": local_date(utc_now(), data["time_zone"]),
		**{key: data[key] for key in same},
		**_texts("limits", data["limits"]),
		**_texts("recommendation", data["recommendation"]),
		"clauses": [_clause_row(row) for row in data["clauses"]],
		"commitments": [_commitment_row(row) for row in data["commitments"]],
		"success_packs": [_pack_row(row) for row in data["success_packs"]],
	}
	_make("Support Policy", data["name"], values)


def _clause_row(row: dict[str, Any]) -> dict[str, Any]:
	return {**_row(row), "success_pack": row.get("pack"), "signals": "\n".join(row.get("signals") or ())}


def _commitment_row(row: dict[str, Any]) -> dict[str, Any]:
	targets = {key: row.get(key) for key in ("target_minutes", "target_percent")}
	is_promised = any(target is not None for target in targets.values())
	return {
		**_row(row),
		**{key: target or 0 for key, target in targets.items()},
		"is_promised": int(is_promised),
	}


def _pack_row(row: dict[str, Any]) -> dict[str, Any]:
	currency = row["currency"] if frappe.db.exists("Currency", row["currency"]) else None
	return {**_row(row), "hourly_rate": row.get("hourly_rate") or 0, "currency": currency}


def _row(row: dict[str, Any]) -> dict[str, Any]:
	"""A row of the policy as a child table has it: a text by its languages, a list as words."""
	values: dict[str, Any] = {}
	for key, value in row.items():
		if isinstance(value, dict):
			values |= _texts(key, value)
		else:
			values[key] = ", ".join(value) if isinstance(value, list) else value
	return values


def _texts(field: str, text: dict[str, str]) -> dict[str, str | None]:
	return {f"{field}_es": text["es"], f"{field}_en": text.get("en")}


def _board() -> None:
	values = {
		"kanban_board_name": BOARD,
		"reference_doctype": "Support Request",
		"field_name": "status",
		"private": 0,
		"show_labels": 1,
		# Frappe's board loads every card that passes its filters: history would bury it.
		"filters": json.dumps([["Support Request", "status", "!=", status.CLOSED]]),
		"fields": json.dumps(["verdict", "clause", "due_at"]),
		"columns": [_column(row) for row in status.STATUSES.values()],
	}
	_make("Kanban Board", BOARD, values)


def _column(row: status.Status) -> dict[str, str]:
	return {"column_name": row.name, "indicator": row.color.title(), "status": "Active"}


def complete_board() -> None:
	"""The board gets a column for each state that it lacks, in its place; what users did with the others stays."""
	if frappe.db.get_value("Kanban Board", BOARD, "reference_doctype") != "Support Request":
		return
	board = frappe.get_doc("Kanban Board", BOARD)
	columns = [row.column_name for row in board.columns]
	missing = [row for row in status.STATUSES.values() if row.name not in columns]
	for row in missing:
		before = status.STATES[: status.STATES.index(row.name)]
		place = max((at for at, name in enumerate(columns, 1) if name in before), default=0)
		columns.insert(place, row.name)
		board.append("columns", _column(row))
		board.columns.insert(place, board.columns.pop())
	for at, column in enumerate(board.columns, 1):
		column.idx = at
	if missing:
		board.save(ignore_permissions=True)  # A migration is nobody's.


def _canned_answer(row: dict[str, str]) -> None:
	name = row["name"]
	if not _make("Email Template", name, {"subject": row["subject"], "response": row["response"]}):
		return
	place = {"parent": SETTINGS, "parenttype": SETTINGS, "parentfield": "canned_answers"}
	position = frappe.db.count("Support Canned Answer") + 1
	answer = {"email_template": name, "clause": row["clause"], "idx": position, **place}
	# The row alone: other settings may not be complete while the app is being installed.
	frappe.get_doc({"doctype": "Support Canned Answer", **answer}).db_insert()


def _make(doctype: str, name: str, values: dict[str, Any]) -> bool:
	"""Make what is not there yet; whether it was made."""
	if frappe.db.exists(doctype, name):
		return False
	doc = frappe.get_doc({"doctype": doctype, "name": name, **values})
	doc.insert(ignore_permissions=True)  # Installation runs before anybody has the roles.
	record_created(doc.doctype, doc.name)
	print("  " + _("made {0} {1}").format(doc.doctype, doc.name))
	return True
