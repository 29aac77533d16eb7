"""The monthly statement: judged from real documents, read by those it concerns, changed by nobody."""

import json
import shutil
from datetime import datetime, timezone

import frappe
import pytest
from conftest import default_company, email
from freezegun import freeze_time

from codigo_binario_support.adapters.access import business_documents
from codigo_binario_support.adapters.evidence import chains
from codigo_binario_support.adapters.evidence.chains import broken_seals
from codigo_binario_support.adapters.site.instants import to_site
from codigo_binario_support.domain.evidence.monthly_statement import PROMISE_LABELS
from codigo_binario_support.jobs import health, statements
from codigo_binario_support.operations.evidence import anchors, provider_changes
from codigo_binario_support.operations.statements import monthly_statement

DOCTYPE = "Monthly Statement"
#: A month in the past of every site: nothing of it is there but what a test makes.
MONTH, ISSUED = "2024-05", datetime(2024, 6, 4, 18, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def may_of_2024(transaction):
	for doctype in chains.CHAINS:
		frappe.db.delete(doctype)
		frappe.db.delete("Series", {"name": f"CBS-CHAIN-{frappe.scrub(doctype)}"})
	frappe.db.sql("update `tabSupport Policy` set creation = '2024-01-01'")
	with freeze_time(ISSUED):
		yield


@pytest.fixture
def printing():
	"""Frappe commits its log of prints, except in tests."""
	frappe.flags.in_test = True


def at(day: int, hour: int = 16, minute: int = 0) -> datetime:
	"""Sixteen hours UTC are ten in the morning in Mexico City."""
	return datetime(2024, 5, day, hour, minute, tzinfo=timezone.utc)


def backups(*days: int, state: str = "Kept") -> None:
	for number in days:
		values = {"day": f"2024-05-{number:02d}", "state": state, "revision": 1}
		frappe.get_doc({"doctype": "Backup Day", **values}).insert()


def found(doc, kind: str):
	return next(row for row in doc.promises if row.promise == PROMISE_LABELS[kind])


def test_a_month_without_evidence_is_not_proven():
	doc = monthly_statement.make(MONTH)
	assert doc.state == "Not proven"
	assert {row.promise for row in doc.promises} == set(PROMISE_LABELS.values())
	assert {row.state for row in doc.promises} == {"Not proven"}
	assert found(doc, "support_hours").reason == "hours_none"
	assert found(doc, "restore").reason == "restore_none"


def test_requests_are_counted_by_the_hours_of_support(file_request, as_user):
	from codigo_binario_support.api import requests as api

	for hour in (16, 17, 6):  # ten and eleven in the morning, and midnight
		with freeze_time(at(6, hour)):
			name = file_request("ana", clause="faq", severity="question").name
		with freeze_time(at(6, 17, 30)):
			as_user("agent")
			api.act(name, "resolve", "Listo")
	frappe.set_user("Administrator")
	doc = monthly_statement.make(MONTH)
	assert (doc.received, doc.received_open, doc.received_closed, doc.answered) == (3, 2, 1, 3)
	assert (doc.answers_open, doc.answers_closed) == (3, 0)
	assert found(doc, "support_hours").state == "Kept"
	figures = {(row.subject, row.item): row.value for row in doc.figures}
	assert figures[("clause", "faq|In scope")] == 3
	# Of 10:00 after 90 minutes, of 11:00 after 30; of midnight after the support had opened for two and a half hours.
	assert [figures[("first_answer", label)] for label in ("15 min", "1 h", "4 h")] == [0, 1, 2]


def test_a_request_nobody_answered_is_neither_kept_nor_broken(file_request):
	with freeze_time(at(6)):
		file_request("ana", clause="faq", severity="question")
	frappe.set_user("Administrator")
	row = found(monthly_statement.make(MONTH), "support_hours")
	assert (row.state, row.reason) == ("Not proven", "hours_unanswered")


def test_the_language_of_the_answers_is_read(file_request, as_user):
	with freeze_time(at(6)):
		request = file_request("ana", clause="faq", severity="question")
		as_user("agent")
		_answer(
			request, "<p>Hola Ana, ya puedes entrar con tu contraseña de siempre. Gracias por avisarnos.</p>"
		)
	frappe.set_user("Administrator")
	assert found(monthly_statement.make(MONTH), "language").state == "Kept"
	with freeze_time(at(7)):
		as_user("agent")
		_answer(request, "<p>Hello, you can now log in to the site. Please let us know if it is fixed.</p>")
	frappe.set_user("Administrator")
	doc = monthly_statement.make(MONTH)
	row = found(doc, "language")
	# Small words are no proof: a person has to confirm it, and finds the request in the evidence.
	assert (row.state, row.reason, json.loads(row.figures)["other"]) == (
		"Not proven",
		"language_unconfirmed",
		1,
	)
	assert (request.name, "Does not look like Spanish") in [
		(row.reference_name, row.shows) for row in doc.evidence
	]
	assert _confirm_other_language(request.name, as_user, "beto") is None
	assert found(monthly_statement.make(MONTH), "language").state == "Not proven"
	assert _confirm_other_language(request.name, as_user, "ana")
	doc = monthly_statement.make(MONTH)
	row = found(doc, "language")
	assert (row.state, row.reason, json.loads(row.figures)["confirmed"]) == (
		"Broken",
		"language_confirmed",
		1,
	)
	assert (request.name, "Not in Spanish") in [(row.reference_name, row.shows) for row in doc.evidence]


def _confirm_other_language(name: str, as_user, person: str) -> dict | None:
	from codigo_binario_support.api import requests as api

	as_user(person)
	try:
		return api.confirm_other_language(name)
	except frappe.PermissionError:
		return None
	finally:
		frappe.set_user("Administrator")


def test_an_answer_in_two_languages_proves_nothing(file_request, as_user):
	with freeze_time(at(6)):
		request = file_request("ana", clause="faq", severity="question")
		as_user("agent")
		_answer(request, "<p>Hola Ana, ya puedes entrar con tu contraseña de siempre. Gracias.</p>")
		_answer(
			request,
			"<p>Ya revisamos tu caso con el equipo. Please go to the settings of your user and change it there.</p>",
		)
	frappe.set_user("Administrator")
	row = found(monthly_statement.make(MONTH), "language")
	assert (row.state, row.reason, json.loads(row.figures)["unclear"]) == (
		"Not proven",
		"language_unclear",
		1,
	)


def test_an_answer_in_spanish_that_quotes_an_error_keeps_the_promise(file_request, as_user):
	with freeze_time(at(6)):
		request = file_request("ana", clause="faq", severity="question")
		as_user("agent")
		_answer(
			request,
			"<p>Hola Ana, el sistema te responde:</p><pre>Could not find Row #1: Item: TOR-10 is not a valid Item for"
			" this company. You have to set it in the settings of the item.</pre><p>Es porque ese artículo está"
			" deshabilitado: actívalo y vuelve a guardar.</p>",
		)
	frappe.set_user("Administrator")
	assert found(monthly_statement.make(MONTH), "language").state == "Kept"


def _answer(request, content: str) -> None:
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Sent",
			"subject": "Re",
			"content": content,
			"sender": frappe.session.user,
			"reference_doctype": "Support Request",
			"reference_name": request.name,
		}
	).insert(ignore_permissions=True)


def test_a_restoration_that_took_too_long_breaks_its_promise_and_is_linked(file_request, as_user):
	from codigo_binario_support.api import requests as api

	with freeze_time(at(6)):
		request = file_request("ana", clause="restore", severity="outage")
	with freeze_time(at(6, 19)):
		as_user("agent")
		api.act(request.name, "resolve", "Restablecido")
	frappe.set_user("Administrator")
	doc = monthly_statement.make(MONTH)
	assert found(doc, "restore").state == "Broken"
	assert (request.name, "Late") in [(row.reference_name, row.shows) for row in doc.evidence]


@pytest.mark.parametrize(
	("verdict", "kind", "state", "reason"),
	[
		("Kept", "Restore", "Kept", "restore_kept"),
		("Broken", "Restore", "Broken", "restore_late"),
		("Not proven", "Restore", "Not proven", "restore_running"),
		("Kept", "Went back", "Not proven", "restore_none"),
	],
)
def test_a_restore_that_nobody_asked_for_counts_too(verdict, kind, state, reason):
	doc = frappe.new_doc("Restore Operation")
	doc.update({"verdict": verdict, "kind": kind, "elapsed_seconds": 900, "started_at": to_site(at(6))})
	doc.db_insert()
	frappe.db.set_value("Restore Operation", doc.name, {"sequence": 1}, update_modified=False)
	statement_of_may = monthly_statement.make(MONTH)
	row = found(statement_of_may, "restore")
	assert (row.state, row.reason) == (state, reason)
	linked = [row.shows for row in statement_of_may.evidence if row.reference_doctype == "Restore Operation"]
	assert linked == ([verdict] if kind == "Restore" else [])


OWN_ERROR = (
	"Desempacar los archivos públicos: AttributeError: module 'tarfile' has no attribute 'FilterError'"
)


@pytest.mark.parametrize(
	("doctype", "verdict", "problem", "state", "reason", "shows"),
	[
		("Restore Drill", "Broken", OWN_ERROR, "Not proven", "restore_unproven_drill", "Not proven"),
		("Restore Drill", "Broken", "Load: Truncated: x", "Not proven", "restore_failed_drill", "Broken"),
		("Restore Drill", "Not proven", "", "Not proven", "restore_unproven_drill", "Not proven"),
		("Restore Operation", "Broken", OWN_ERROR, "Not proven", "restore_running", "Not proven"),
		("Restore Operation", "Broken", "Load: Truncated: x", "Broken", "restore_late", "Broken"),
		(
			"Restore Operation",
			"Kept",
			"Given up by the operator.",
			"Not proven",
			"restore_running",
			"Not proven",
		),
	],
)
def test_a_sealed_record_that_our_own_mistake_broke_is_not_stated_as_broken(
	doctype, verdict, problem, state, reason, shows
):
	doc = frappe.new_doc(doctype)
	doc.update({"verdict": verdict, "problem": problem, "elapsed_seconds": 44, "target_seconds": 7200})
	doc.update({"started_at": to_site(at(6)), "kind": "Restore"})
	doc.db_insert()
	frappe.db.set_value(doctype, doc.name, {"sequence": 1}, update_modified=False)
	month = monthly_statement.make(MONTH)
	row = found(month, "restore")
	assert (row.state, row.reason) == (state, reason)
	assert [row.shows for row in month.evidence if row.reference_doctype == doctype] == [shows]


@pytest.mark.parametrize("state", ["Not kept", "Late"])
def test_a_day_without_a_backup_in_time_breaks_the_month(state):
	backups(*range(1, 31))
	assert found(monthly_statement.make(MONTH), "backup").reason == "backup_unknown"
	backups(31)
	assert found(monthly_statement.make(MONTH), "backup").state == "Kept"
	backups(12, state=state)  # what is learned later is a row of its own, and the last row counts
	doc = monthly_statement.make(MONTH)
	row = found(doc, "backup")
	assert (row.state, json.loads(row.figures)["lost"]) == ("Broken", 1)
	assert [row.at for row in doc.evidence if row.shows == state] == ["2024-05-12"]


def test_a_later_statement_replaces_the_earlier_and_both_stay():
	first = monthly_statement.make(MONTH)
	second = monthly_statement.make(MONTH)
	assert (first.version, second.version, second.supersedes) == (1, 2, first.name)
	assert (
		monthly_statement.replaced_by(first) == second.name and monthly_statement.replaced_by(second) is None
	)
	assert broken_seals(DOCTYPE) == (2, [])


def test_a_statement_carries_the_digest_of_an_anchor_that_holds(printing):
	doc = monthly_statement.make(MONTH)
	assert anchors.contradictions([doc.anchor_digest]) == []
	assert doc.anchor_digest in frappe.get_print(DOCTYPE, doc.name, "Support Monthly Statement").replace(
		" ", ""
	)


def test_nobody_edits_or_deletes_a_statement(as_user):
	doc = monthly_statement.make(MONTH)
	for person in ("Administrator", "it", "manager", "agent"):
		frappe.set_user(email(person))
		copy = frappe.get_doc(DOCTYPE, doc.name)
		copy.state = "Kept"
		with pytest.raises(frappe.PermissionError):
			copy.save()
		with pytest.raises(frappe.PermissionError):
			frappe.delete_doc(DOCTYPE, doc.name)


def test_figures_that_a_client_sends_are_not_taken():
	doc = frappe.get_doc(
		{"doctype": DOCTYPE, "month": MONTH, "state": "Kept", "received": 99, "promises": [{"state": "Kept"}]}
	).insert()
	assert (doc.state, doc.received, len(doc.promises)) == ("Not proven", 0, len(PROMISE_LABELS))


SEES = {"manager": True, "other_manager": False, "agent": True, "it": True, "ana": False, "buyer": False}


@pytest.mark.parametrize(("person", "sees"), SEES.items())
def test_who_sees_a_company_s_statement_by_every_route(printing, as_user, person, sees):
	doc = monthly_statement.make(MONTH, default_company())
	as_user(person)
	seen = {"form": bool(frappe.has_permission(DOCTYPE, "read", doc=doc.name))}
	seen["print"] = bool(frappe.has_permission(DOCTYPE, "print", doc=doc.name))
	for route, call in {
		"get": lambda: frappe.client.get(DOCTYPE, doc.name),
		"list": lambda: frappe.get_list(DOCTYPE, filters={"name": doc.name}),
		"value": lambda: frappe.client.get_value(DOCTYPE, "state", {"name": doc.name}),
		"promises": lambda: _rows("Monthly Statement Promise", doc.name),
		"evidence": lambda: _rows("Monthly Statement Evidence", doc.name),
		"figures": lambda: _rows("Monthly Statement Figure", doc.name),
		"pdf": lambda: frappe.get_print(DOCTYPE, doc.name, "Support Monthly Statement"),
	}.items():
		try:
			seen[route] = bool(call())
		except frappe.PermissionError:
			seen[route] = False
	if not sees or not seen["figures"]:
		seen.pop("figures")  # a month without requests may have none
	assert set(seen.items()) == {(route, sees) for route in seen}


def _rows(child: str, name: str) -> list:
	return frappe.client.get_list(child, parent=DOCTYPE, filters={"parent": name}, fields=["name"])


def test_the_page_is_complete_in_both_languages(printing, file_request):
	with freeze_time(at(6)):
		file_request("ana", clause="restore", severity="outage")
	frappe.set_user("Administrator")
	backups(1, 2, 4, state="Not kept")
	doc = monthly_statement.make(MONTH)
	for language, month, broken in (("es", "mayo de 2024", "Incumplida"), ("en", "May 2024", "Broken")):
		frappe.local.lang = language
		html = frappe.get_print(DOCTYPE, doc.name, "Support Monthly Statement")
		assert month in html and broken in html
		assert html.count("<svg") >= 3
		# As the first statements had them: who keeps two of them lays them side by side.
		verdicts = ("In scope", "Mixed", "Out of scope", "Needs review")
		heads = [html.index(f'<th class="n">{frappe._(verdict)}</th>') for verdict in verdicts]
		assert heads == sorted(heads)
	frappe.local.lang = "en"


def test_last_month_s_statements_are_due_once_for_each_company(file_request, monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	monkeypatch.setattr(statements, "pdf", lambda doc: {"fname": "x.pdf", "fcontent": b"x"})
	with freeze_time(at(6)):
		file_request("ana", clause="faq", severity="question")
	frappe.set_user("Administrator")
	assert (MONTH, default_company(), None) in monthly_statement.due()
	assert health._statements()[0][0] == health.WARNING
	made = statements.make_due()
	assert health._statements()[0][0] == health.OK
	assert default_company() in [doc.company for doc in made]
	assert monthly_statement.due() == [] and statements.make_due() == []
	told = frappe.get_all(
		"Notification Log", {"document_name": ("in", [doc.name for doc in made])}, pluck="for_user"
	)
	assert email("manager") in told
	with freeze_time(at(6)):
		assert monthly_statement.due() == [("2024-04", default_company(), None)]


def test_a_month_before_the_app_came_is_not_stated():
	frappe.db.sql("update `tabSupport Policy` set creation = '2024-06-02'")
	assert monthly_statement.due() == []


def test_the_mail_of_the_statement_carries_the_pdf(monkeypatch):
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **values: sent.append(values))
	monkeypatch.setattr(statements, "pdf", lambda doc: {"fname": "x.pdf", "fcontent": b"x"})
	doc = monthly_statement.make(MONTH)
	assert email("manager") in statements.notify_people(doc)
	mail = next(row for row in sent if row["recipients"] == [email("manager")])
	assert mail["attachments"] == [{"fname": "x.pdf", "fcontent": b"x"}]


def test_on_the_provider_s_site_a_statement_is_a_customer_s_and_measures_support_alone():
	frappe.db.set_single_value("Support Promise Settings", "site_role", "Provider")
	frappe.clear_document_cache("Support Promise Settings", "Support Promise Settings")
	with pytest.raises(frappe.ValidationError, match="customer"):
		monthly_statement.make(MONTH)
	customer = frappe.get_all("Customer", pluck="name", limit=1, order_by="name")[0]
	doc = monthly_statement.make(MONTH, customer=customer)
	assert (doc.customer, doc.company) == (customer, None)
	assert {row.reason for row in doc.promises} >= {"not_here"}
	assert doc.state == "Not proven"


@pytest.mark.parametrize("month", ["2024-06", "2030-01", "mayo", ""])
def test_a_month_that_is_not_over_or_none_has_no_statement(month):
	with pytest.raises(frappe.ValidationError):
		monthly_statement.make(month)


# -- changes by the provider's people --------------------------------------------------------------------------------


def day(number: int = 6):
	return frappe.get_doc({"doctype": provider_changes.DOCTYPE, "day": f"2024-05-{number:02d}"}).insert()


def test_a_guarded_day_on_which_agents_changed_nothing_proves_it():
	doc = day()
	assert (doc.state, doc.changes, doc.was_guarded) == ("None found", 0, 1)
	assert email("agent") in doc.users.splitlines()
	assert doc.doctypes > 100 > doc.changes


def test_what_an_agent_changed_is_found_in_the_document_whoever_allowed_it():
	supplier = frappe.get_all("Supplier", pluck="name", limit=1, order_by="name")[0]
	frappe.db.sql(
		"update `tabSupplier` set modified_by = %s, modified = %s where name = %s",
		(email("busy_agent"), to_site(at(6)), supplier),
	)
	doc = day()
	assert (doc.state, doc.changes) == ("Changes found", 1)
	assert [(row.document_type, row.document_name, row.user) for row in doc.rows] == [
		("Supplier", supplier, email("busy_agent"))
	]
	assert day(7).changes == 0
	assert found(monthly_statement.make(MONTH), "no_changes").state == "Broken"


def test_a_change_that_somebody_else_s_hid_is_found_in_the_versions():
	frappe.get_doc(
		{"doctype": "Version", "ref_doctype": "Item", "docname": "X", "data": "{}", "owner": email("agent")}
	).insert(ignore_permissions=True)
	frappe.db.sql(
		"update `tabVersion` set owner = %s, creation = %s, modified = %s where ref_doctype = 'Item' and docname = 'X'",
		(email("agent"), to_site(at(6)), to_site(at(6))),
	)
	assert [(row.document_type, row.what) for row in day().rows] == [("Item", "Version")]


def test_a_day_without_the_guard_is_not_proven():
	frappe.db.set_single_value("Support Promise Settings", "agent_guard", 0)
	frappe.clear_document_cache("Support Promise Settings", "Support Promise Settings")
	assert day().state == "Not proven"


def test_what_the_guard_refuses_is_counted(as_user):
	supplier = frappe.get_all("Supplier", pluck="name", limit=1, order_by="name")[0]
	with freeze_time(at(9)):
		business_documents.forget_refusals(["2024-05-09"])
		as_user("busy_agent")
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc("Supplier", supplier).save()
	frappe.set_user("Administrator")
	assert day(9).refusals == 1
	business_documents.forget_refusals(["2024-05-09"])


def test_days_that_nothing_ran_are_written_later_each_once():
	frappe.db.sql("update `tabSupport Policy` set creation = '2024-05-30 18:00:00'")
	assert [str(row.day) for row in provider_changes.write()] == [
		"2024-05-30",
		"2024-05-31",
		"2024-06-01",
		"2024-06-02",
		"2024-06-03",
	]
	assert provider_changes.write() == []


def test_a_day_is_evidence(as_user):
	doc = frappe.get_doc(provider_changes.DOCTYPE, day().name)
	doc.changes = 7
	with pytest.raises(frappe.PermissionError):
		doc.save()
	as_user("it")
	with pytest.raises(frappe.PermissionError):
		day(8)


@pytest.mark.parametrize("engine", ["wkhtmltopdf", "WeasyPrint"])
def test_the_pdf_is_made_from_the_print_format_alone(engine, monkeypatch):
	if engine == "wkhtmltopdf" and not shutil.which(engine):
		pytest.skip("no wkhtmltopdf on this machine")
	if engine == "WeasyPrint":
		pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
		monkeypatch.setattr(shutil, "which", lambda _name: None)
	file = statements.pdf(monthly_statement.make(MONTH))
	assert file["fname"].endswith(".pdf") and file["fcontent"].startswith(b"%PDF-")
	assert len(file["fcontent"]) > 5_000
	assert "Soporte" in text_of(file["fcontent"]) or "upport" in text_of(file["fcontent"])


def text_of(pdf: bytes) -> str:
	from io import BytesIO

	from pypdf import PdfReader

	return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_what_is_printed_fetches_nothing(monkeypatch):
	from codigo_binario_support.adapters.site import pdf

	pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
	monkeypatch.setattr(shutil, "which", lambda _name: None)
	asked = []
	monkeypatch.setattr("weasyprint.default_url_fetcher", lambda url, *_a, **_n: asked.append(url))

	made = pdf.pdf_of('<p>x</p><img src="http://169.254.169.254/latest"><img src="file:///etc/passwd">')

	assert made.startswith(b"%PDF-") and asked == []


def test_a_machine_that_makes_no_pdf_says_what_is_missing(monkeypatch):
	import sys

	from codigo_binario_support.adapters.site import pdf

	monkeypatch.setattr(shutil, "which", lambda _name: None)
	monkeypatch.setitem(sys.modules, "weasyprint", None)
	with pytest.raises(OSError, match="neither wkhtmltopdf nor WeasyPrint"):
		pdf.pdf_of("<p>x</p>")
