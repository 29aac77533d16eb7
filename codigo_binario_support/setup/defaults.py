"""What a new site gets: windows, holidays, the policy, a board. Each is made if absent and then left to its users."""

import json
from typing import Any

import frappe
from frappe import _

from ..adapters.access import people
from ..adapters.backups.settings import watch_from
from ..adapters.policy import promises
from ..adapters.site.install_log import record_created
from ..adapters.site.instants import as_date, site_today
from ..adapters.site.now import utc_now
from ..adapters.site.settings import SETTINGS
from ..domain.offers.offer import CANCELLED, ON_REQUEST, WAITING
from ..domain.policy.policy import words
from ..domain.requests import status
from ..domain.time.holidays import statutory_holidays
from ..domain.time.windows import WEEKDAYS, local_date
from ..domain.triage.verdict import TO_REVIEW, WITH_EXCLUDED
from ..flow.channels import acknowledgement
from ..shipped import DATA, policy_data

MODULE = "Codigo Binario Support"
CANNED_FILE = DATA / "canned_answers.json"
_WEEKDAY_LABELS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_OURS = {"read_only": 1, "no_copy": 1, "print_hide": 1, "module": MODULE}
#: Links from the books to the request. They go when the app goes.
CUSTOM_FIELDS = {
	doctype: [
		{
			**_OURS,
			"fieldname": "support_request",
			"label": "Support Request",
			"fieldtype": "Link",
			"options": "Support Request",
			"insert_after": "valid_till",
			"depends_on": "support_request",
		},
		{
			**_OURS,
			"fieldname": "support_clause",
			"label": "Support Clause",
			"fieldtype": "Data",
			"insert_after": "support_request",
			"depends_on": "support_clause",
		},
	]
	for doctype in ("Supplier Quotation", "Quotation")
}
MAIL_FOLDER = DATA / "mail"
_ACKNOWLEDGED = {
	"es": "[{{ request.name }}] Recibimos tu solicitud: {{ request.subject }}",
	"en": "[{{ request.name }}] We received your request: {{ request.subject }}",
}

BOARD = "Solicitudes de soporte"


_OPEN = ["Support Request", "status", "not in", list(status.OVER)]
#: Saved views of the list, beside "Mi cola", which names its owner.
VIEWS: dict[str, list[list[Any]]] = {
	"Sin asignar": [
		["Support Request", "_assign", "is", "not set"],
		["Support Request", "turn", "=", status.OURS],
		_OPEN,
	],
	"Por vencer hoy": [["Support Request", "due_at", "Timespan", "today"], _OPEN],
	"Esperan al cliente": [["Support Request", "turn", "=", status.THEIRS]],
	"Por revisar": [["Support Request", "verdict", "=", TO_REVIEW], _OPEN],
	"Fuera de alcance sin oferta": [
		["Support Request", "verdict", "in", list(WITH_EXCLUDED)],
		["Support Request", "offer_status", "in", [WAITING, ON_REQUEST, CANCELLED]],
		_OPEN,
	],
}


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
	for row in json.loads(CANNED_FILE.read_text(encoding="utf-8")):
		_canned_answer(row)
	for user in people.agents():
		make_views(user)


def make_views(user: str) -> None:
	"""The saved views of one agent. Not for everybody: a customer's list would show them too."""
	mine = [["Support Request", "_assign", "like", f"%{user}%"], _OPEN]
	for label, filters in {"Mi cola": mine, **VIEWS}.items():
		values = {"reference_doctype": "Support Request", "filter_name": label, "for_user": user}
		if not frappe.db.exists("List Filter", values):
			# They go with the app: what hangs on its doctypes is removed when it is uninstalled.
			frappe.get_doc({"doctype": "List Filter", **values, "filters": json.dumps(filters)}).insert(
				ignore_permissions=True
			)


def begin_to_watch() -> None:
	"""Days are judged from the one on which the app came, whatever was before."""
	watch_from(utc_now().astimezone(promises.zone()).date())


def create_mail_defaults() -> None:
	"""The Email Templates of the acknowledgement, by language."""
	for language, name in acknowledgement.TEMPLATES.items():
		if not frappe.db.exists("Email Template", name):
			body = MAIL_FOLDER / f"acknowledgement.{language}.jinja"
			_make(
				{
					"doctype": "Email Template",
					"name": name,
					"subject": _ACKNOWLEDGED[language],
					"use_html": 1,
					"response_html": body.read_text(encoding="utf-8"),
				}
			)


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
	if not frappe.db.exists("Holiday List", name):
		days = statutory_holidays("MX", [year, year + 1])
		_make(
			{
				"doctype": "Holiday List",
				"holiday_list_name": name,
				"from_date": f"{year}-01-01",
				"to_date": f"{year + 1}-12-31",
				"country": "MX",
				"holidays": [{"holiday_date": day, "description": label} for day, label in days.items()],
			}
		)
	return name


def _window(row: dict[str, Any], data: dict[str, Any], holiday_list: str | None) -> None:
	if frappe.db.exists("SLA Window", row["name"]):
		return
	_make(
		{
			"doctype": "SLA Window",
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
	)


def _policy(data: dict[str, Any]) -> None:
	if frappe.db.exists("Support Policy", {"enabled": 1}) or frappe.db.exists("Support Policy", data["name"]):
		return
	_make(
		{
			"doctype": "Support Policy",
			"policy_name": data["name"],
			"enabled": 1,
			"version": data["version"],
			"valid_from": local_date(utc_now(), data["time_zone"]),
			"time_zone": data["time_zone"],
			"language": data["language"],
			"review_threshold": data["review_threshold"],
			"reopen_days": data["reopen_days"],
			"limits_es": words(data["limits"], "es"),
			"limits_en": words(data["limits"], "en"),
			"recommendation_es": words(data["recommendation"], "es"),
			"recommendation_en": words(data["recommendation"], "en"),
			"clauses": [_clause_row(row) for row in data["clauses"]],
			"commitments": [_commitment_row(row) for row in data["commitments"]],
			"success_packs": [
				{
					"code": row["code"],
					"label_es": words(row["label"], "es"),
					"label_en": words(row["label"], "en"),
					"hours": row["hours"],
					"hourly_rate": row.get("hourly_rate") or 0,
					"currency": row["currency"] if frappe.db.exists("Currency", row["currency"]) else None,
				}
				for row in data["success_packs"]
			],
		}
	)


def _clause_row(row: dict[str, Any]) -> dict[str, Any]:
	return {
		"code": row["code"],
		"side": row["side"],
		"text_es": row["text"]["es"],
		"text_en": row["text"].get("en"),
		"success_pack": row.get("pack"),
		"signals": "\n".join(row.get("signals") or ()),
	}


def _commitment_row(row: dict[str, Any]) -> dict[str, Any]:
	minutes = row.get("target_minutes")
	return {
		"kind": row["kind"],
		"window": row["window"],
		"is_promised": int(minutes is not None or row.get("target_percent") is not None),
		"target_minutes": minutes or 0,
		"target_percent": row.get("target_percent") or 0,
		"clauses": ", ".join(row.get("clauses") or ()),
		"severities": ", ".join(row.get("severities") or ()),
		"text_es": row["text"]["es"],
		"text_en": row["text"].get("en"),
	}


def _board() -> None:
	if frappe.db.exists("Kanban Board", BOARD):
		return
	_make(
		{
			"doctype": "Kanban Board",
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
	)


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
		board.columns.insert(place, board.append("columns", _column(row)))
		board.columns.pop()
	if missing:
		for at, column in enumerate(board.columns, 1):
			column.idx = at
		board.save(ignore_permissions=True)  # A migration is nobody's.


def _canned_answer(row: dict[str, str]) -> None:
	if frappe.db.exists("Email Template", row["name"]):
		return
	_make(
		{
			"doctype": "Email Template",
			"name": row["name"],
			"subject": row["subject"],
			"response": row["response"],
		}
	)
	# The row alone: other settings may not be complete while the app is being installed.
	frappe.get_doc(
		{
			"doctype": "Support Canned Answer",
			"parent": SETTINGS,
			"parenttype": SETTINGS,
			"parentfield": "canned_answers",
			"idx": frappe.db.count("Support Canned Answer") + 1,
			"email_template": row["name"],
			"clause": row["clause"],
		}
	).db_insert()


def _make(values: dict[str, Any]) -> None:
	doc = frappe.get_doc(values)
	doc.insert(ignore_permissions=True)  # Installation runs before anybody has the roles.
	record_created(doc.doctype, doc.name)
	print("  " + _("made {0} {1}").format(doc.doctype, doc.name))
