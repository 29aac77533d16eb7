"""What pages cost with many requests on a site, beside ERPNext's Issue list on as many rows.

	cd BENCH/sites && PYTHONPATH=CHECKOUT ../env/bin/python CHECKOUT/tests/bench/volume.py SITE [ROWS] [ROUNDS]

SITE's support data may be lost: rows named CBS-VOLUME-… and ISS-VOLUME-… are written, committed and removed again.
Times are of the server alone, as the agent who asks; caches of Frappe are warm, those of a figure's result are not.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import frappe
from frappe.desk import desktop, query_report, reportview
from frappe.desk.doctype.dashboard_chart import dashboard_chart
from frappe.desk.doctype.number_card import number_card
from frappe.desk.form import load

from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES
from codigo_binario_support.domain.requests import status

AGENT = "support-volume-agent@example.com"
REQUEST, ISSUE = "Support Request", "Issue"
WORKSPACE = "Soporte"
#: One request in this many is still open; the rest is history.
OPEN_SHARE = 100


def fill(rows: int) -> None:
	"""Rows spread over two years of minutes, by the database's own sequence: parents, decisions and clock events."""
	now = frappe.utils.now_datetime().replace(microsecond=0)
	clauses = ", ".join(f"'{code}'" for code in CLAUSE_SIDES)
	at = f"timestampadd(minute, -mod(seq * 7919, 1051200), '{now}')"
	is_open = f"mod(seq, {OPEN_SHARE}) = 0"
	columns = {
		"name": "concat('CBS-VOLUME-', seq)",
		"creation": at,
		"modified": at,
		"owner": "'Administrator'",
		"modified_by": "'Administrator'",
		"docstatus": "0",
		"idx": "0",
		"subject": "concat('Solicitud de volumen ', seq)",
		"description": "repeat('No puedo entrar al sistema. ', 20)",
		"status": f"if({is_open}, elt(1 + mod(seq div {OPEN_SHARE}, 4), {', '.join(repr(s) for s in status.OPEN)}), 'Closed')",
		"verdict": "elt(1 + mod(seq, 4), 'In scope', 'Out of scope', 'Mixed', 'Needs review')",
		"first_verdict": "elt(1 + mod(seq, 4), 'In scope', 'Out of scope', 'Mixed', 'Needs review')",
		"clause": f"elt(1 + mod(seq, {len(CLAUSE_SIDES)}), {clauses})",
		"severity": "elt(1 + mod(seq, 4), 'outage', 'degraded', 'question', 'request')",
		"raised_by": "'Administrator'",
		"company": f"{frappe.db.escape(frappe.defaults.get_global_default('company'))}",
		"channel": "'Desk'",
		"filed_at": at,
		"answered_at": f"if({is_open}, null, {at})",
		"response_seconds": "mod(seq * 37, 20000)",
		"due_at": f"if({is_open} and mod(seq, 200) = 0, timestampadd(hour, 2, {at}), null)",
		"times_reopened": "mod(seq, 20) = 0",
		"is_overruled": "mod(seq, 25) = 0",
	}
	_insert(REQUEST, columns, rows)
	child = {
		"parent": "concat('CBS-VOLUME-', seq)",
		"parenttype": f"'{REQUEST}'",
		"creation": at,
		"modified": at,
		"idx": "1",
		"at_utc": "'2026-01-01T00:00:00+00:00'",
	}
	_insert(
		"Support Scope Decision",
		{"name": "concat('VOLUME-D', seq)", "parentfield": "'decisions'", "is_automatic": "1", **child},
		rows,
	)
	_insert(
		"Support Clock Event",
		{"name": "concat('VOLUME-E', seq)", "parentfield": "'clock_events'", "event": "'create'", **child},
		rows,
	)
	issue = {
		key: columns[key] for key in ("creation", "modified", "owner", "modified_by", "docstatus", "idx")
	}
	issue |= {
		"name": "concat('ISS-VOLUME-', seq)",
		"subject": columns["subject"],
		"raised_by": "'a@example.com'",
	}
	issue |= {"description": columns["description"], "company": columns["company"]}
	issue |= {"status": f"if({is_open}, 'Open', 'Closed')", "priority": "'Medium'"}
	issue |= {"opening_date": f"date({at})"}
	_insert(ISSUE, issue, rows)
	frappe.db.commit()
	for doctype in (REQUEST, ISSUE):
		frappe.db.sql_ddl(f"analyze table `tab{doctype}`")


def _insert(doctype: str, columns: dict[str, str], rows: int) -> None:
	names = ", ".join(f"`{name}`" for name in columns)
	frappe.db.sql(
		f"insert into `tab{doctype}` ({names}) select {', '.join(columns.values())} from seq_1_to_{rows}"
	)


def clear() -> None:
	frappe.db.rollback()
	frappe.db.delete(REQUEST, {"name": ("like", "CBS-VOLUME-%")})
	frappe.db.delete("Support Scope Decision", {"name": ("like", "VOLUME-D%")})
	frappe.db.delete("Support Clock Event", {"name": ("like", "VOLUME-E%")})
	frappe.db.delete(ISSUE, {"name": ("like", "ISS-VOLUME-%")})
	frappe.db.commit()


def make_agent() -> None:
	if not frappe.db.exists("User", AGENT):
		frappe.get_doc(
			{"doctype": "User", "email": AGENT, "first_name": "Volumen", "send_welcome_email": 0}
		).insert()
	frappe.get_doc("User", AGENT).add_roles("Support Agent", "Support Team")
	frappe.db.commit()


def listing(doctype: str, filters: list[Any], order_by: str, page_length: int = 20) -> Callable[[], Any]:
	"""A page of a list as the desk asks for it."""
	meta = frappe.get_meta(doctype)
	shown = [field.fieldname for field in meta.fields if field.in_list_view or field.in_standard_filter]
	fields = ["name", "owner", "creation", "modified", "_assign", "_comments", "docstatus", "idx", *shown]

	def ask() -> Any:
		frappe.local.form_dict = frappe._dict(
			doctype=doctype,
			fields=json.dumps([f"`tab{doctype}`.`{name}`" for name in dict.fromkeys(fields)]),
			filters=json.dumps(filters),
			order_by=order_by,
			start=0,
			page_length=page_length,
			view="List",
			with_comment_count=1,
		)
		return reportview.get()

	return ask


def counting(doctype: str, filters: list[Any]) -> Callable[[], Any]:
	def ask() -> Any:
		frappe.local.form_dict = frappe._dict(
			doctype=doctype, filters=json.dumps(filters), fields="[]", distinct="false", limit=1001
		)
		return reportview.get_count()

	return ask


def workspace() -> None:
	page = {"name": WORKSPACE, "title": WORKSPACE, "public": 1}
	desktop.get_desktop_page(json.dumps(page))
	content = frappe.get_doc("Workspace", WORKSPACE)
	for row in content.number_cards:
		card = frappe.get_doc("Number Card", row.number_card_name)
		if card.type == "Custom":
			frappe.call(card.method, filters=None)
		elif card.type == "Document Type":
			number_card.get_result(card.as_dict(), json.loads(card.filters_json or "[]"))
	for row in content.charts:
		chart = frappe.get_doc("Dashboard Chart", row.chart_name)
		if chart.chart_type != "Custom" and chart.chart_type != "Report":
			dashboard_chart.get(chart_name=row.chart_name, refresh=1)


def pages() -> dict[str, Callable[[], Any]]:
	request_order = "`tabSupport Request`.`queue_key` asc"
	open_requests = [[REQUEST, "status", "in", list(status.OPEN)]]
	newest = frappe.get_all(
		REQUEST, filters={"clause": "faq"}, pluck="name", limit=1, order_by="filed_at desc"
	)
	found: dict[str, Callable[[], Any]] = {
		"Issue list": listing(ISSUE, [], "`tabIssue`.`modified` desc"),
		"Issue list, open": listing(ISSUE, [[ISSUE, "status", "=", "Open"]], "`tabIssue`.`modified` desc"),
		"Issue count": counting(ISSUE, []),
		"Request list": listing(REQUEST, [], request_order),
		"Request list, open": listing(REQUEST, open_requests, request_order),
		"Request count": counting(REQUEST, []),
		"Board, open": listing(REQUEST, open_requests, request_order, 0),
		"Request form": lambda: load.getdoc(REQUEST, newest[0]),
		"Workspace": workspace,
	}
	for name in frappe.get_all(
		"Report", filters={"module": "Codigo Binario Support"}, pluck="name", order_by="name asc"
	):
		found[f"Report: {name}"] = lambda name=name: query_report.run(
			name, {"period": "Last 24 months"}, ignore_prepared_report=True
		)
	return found


def measure(rounds: int) -> dict[str, float]:
	"""Median milliseconds of each page; the pages take turns."""
	frappe.set_user(AGENT)
	found = pages()
	taken: dict[str, list[float]] = {name: [] for name in found}
	for number in range(rounds + 1):
		for name, ask in found.items():
			frappe.local.response = frappe._dict(docs=[])
			begun = time.perf_counter()
			ask()
			if number:
				taken[name].append((time.perf_counter() - begun) * 1e3)
			frappe.db.rollback()
	return {name: statistics.median(times) for name, times in taken.items()}


def main(site: str, rows: int = 200_000, rounds: int = 7) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.local.lang = "es"
	frappe.flags.mute_emails = True
	try:
		make_agent()
		clear()
		fill(rows)
		print(json.dumps({"rows": rows, "ms": measure(rounds)}))
	finally:
		frappe.set_user("Administrator")
		clear()
		frappe.destroy()


if __name__ == "__main__":
	main(sys.argv[1], *(int(text) for text in sys.argv[2:4]))
