"""Official material on a site: planted once, suggested, carried by answers, and looked after."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import frappe
import pytest
import requests
from conftest import email
from requests.adapters import HTTPAdapter

from codigo_binario_support.api import guidance as api
from codigo_binario_support.flow.filing import guidance
from codigo_binario_support.setup.guides import CATEGORY, create_guides

RESOURCE = "Official Resource"


def counts() -> tuple[int, int]:
	return frappe.db.count(RESOURCE), frappe.db.count("Help Article", {"category": CATEGORY, "published": 1})


def test_a_new_site_has_them_and_planting_again_makes_none():
	before = counts()
	assert before[0] >= 80 and before[1] >= 25
	create_guides()
	assert counts() == before


def test_a_new_article_has_an_address_that_can_be_read_aloud():
	name = frappe.db.get_value("Help Article", {"title": "Olvidé mi contraseña", "category": CATEGORY})
	frappe.db.delete("Official Resource", {"help_article": name})
	frappe.db.delete("Help Article", {"name": name})
	create_guides()
	route = frappe.db.get_value("Help Article", {"title": "Olvidé mi contraseña"}, "route")
	assert route == "guias-de-soporte/olvide-mi-contrasena"


def test_an_article_that_was_rewritten_stays_so():
	name = frappe.get_all("Help Article", {"category": CATEGORY}, pluck="name", order_by="name", limit=1)[0]
	frappe.db.set_value("Help Article", name, "content", "<p>Nuestra propia respuesta</p>")
	create_guides()
	assert frappe.db.get_value("Help Article", name, "content") == "<p>Nuestra propia respuesta</p>"


def test_a_request_gets_what_fits_it(file_request, as_user):
	request = file_request("ana", "faq")
	as_user("agent")
	rows = api.for_request(request.name)
	assert "Olvidé mi contraseña" in [row["title"] for row in rows]
	assert all(row["url"].startswith(("http://", "https://")) for row in rows)


def test_nobody_reads_suggestions_of_a_request_they_do_not_see(file_request, as_user):
	request = file_request("ana", "faq")
	as_user("beto")
	with pytest.raises(frappe.PermissionError):
		api.for_request(request.name)


@pytest.mark.parametrize("clause", ["faq", "usage_guidance", "training"])
def test_an_answer_to_a_guided_clause_carries_official_material(clause, file_request):
	request = file_request("ana", clause)
	answer = guidance.append_material(request, "<p>Con gusto.</p>")
	assert answer.startswith("<p>Con gusto.</p>") and "<a href=" in answer
	assert guidance.append_material(request, answer) == answer, "a second time adds nothing"


def test_in_a_chat_each_address_ends_its_line(file_request, as_user):
	from codigo_binario_support.api import requests

	request = file_request("ana", "faq")
	as_user("agent")
	requests.answer(request.name, "<p>Con gusto.</p>", "chat-with-material", medium="Chat")
	said = frappe.get_all(
		"Communication",
		filters={"reference_name": request.name, "communication_medium": "Chat"},
		pluck="text_content",
		order_by="creation desc",
		limit=1,
	)[0]
	addresses = [line.split(": ")[-1] for line in said.splitlines() if "http" in line]
	assert len(addresses) == 2 and all(address.count("http") == 1 for address in addresses)
	known = {row["url"] for row in guidance.for_request(request)}
	assert set(addresses) <= known


@pytest.mark.parametrize("clause", ["backup", "connectivity", "onsite_visit"])
def test_other_answers_are_left_as_they_are(clause, file_request):
	request = file_request("ana", clause)
	assert guidance.append_material(request, "<p>Con gusto.</p>") == "<p>Con gusto.</p>"


@pytest.mark.parametrize(
	"url", ["https://example.com/guia", "http://docs.frappe.io/x", "javascript:alert(1)"]
)
def test_a_page_elsewhere_is_refused_until_the_policy_allows_its_host(url):
	page = {"doctype": RESOURCE, "title": "Guía", "kind": "Official page", "url": url, "clauses": "faq"}
	with pytest.raises(frappe.ValidationError):
		frappe.get_doc(page).insert()
	if url.startswith("https"):
		frappe.db.set_value(
			"Support Policy", {"enabled": 1}, "official_hosts", "ayuda.example.mx\nexample.com"
		)
		assert frappe.get_doc(page).insert().name


def test_a_clause_that_is_none_is_refused_by_name():
	page = {"doctype": RESOURCE, "title": "x", "kind": "Official page", "url": "https://docs.frappe.io/x"}
	with pytest.raises(frappe.ValidationError, match="ayuda"):
		frappe.get_doc({**page, "clauses": "faq, ayuda"}).insert()


@pytest.mark.parametrize(("person", "may"), [("agent", True), ("ana", False), ("manager", False)])
def test_agents_keep_the_shelf(person, may, as_user):
	as_user(person)
	page = frappe.get_doc(
		{"doctype": RESOURCE, "title": "x", "kind": "Official page", "url": "https://docs.frappe.io/x1"}
	)
	if may:
		page.insert()
	else:
		with pytest.raises(frappe.PermissionError):
			page.insert()


class _Pages(BaseHTTPRequestHandler):
	"""/gone is gone, everything else is there."""

	def do_HEAD(self) -> None:
		self.send_response(404 if self.path == "/gone" else 200)
		self.end_headers()

	def log_message(self, *_args) -> None:
		pass


class _ToLoopback(HTTPAdapter):
	def __init__(self, port: int) -> None:
		super().__init__()
		self.port = port

	def send(self, request, **options):
		path = "/" + request.url.split("/", 3)[3] if request.url.count("/") > 2 else "/"
		request.url = f"http://127.0.0.1:{self.port}{path}"
		return super().send(request, **options)


@pytest.fixture
def loopback(monkeypatch):
	"""A requests session whose every https address is a page of a server on this machine."""
	server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	session = requests.Session()
	session.trust_env = False
	session.mount("https://", _ToLoopback(server.server_port))
	# The job commits each page; a test's rows go with its transaction.
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	yield session
	server.shutdown()
	server.server_close()


def test_a_page_that_is_gone_twice_is_no_longer_suggested(loopback, file_request):
	from codigo_binario_support.jobs.resources import check_links

	page = frappe.get_doc(
		{
			"doctype": RESOURCE,
			"title": "Qwertyzacion paso a paso",
			"kind": "Official page",
			"url": "https://docs.frappe.io/gone",
			"clauses": "faq",
			"keywords": "qwertyzacion",
		}
	).insert()

	def suggested():
		return page.name in [row["name"] for row in guidance.suggestions("faq", "qwertyzacion")]

	assert suggested()
	assert check_links(loopback) == []
	assert frappe.db.get_value(RESOURCE, page.name, ["link_state", "http_status"]) == ("Doubtful", 404)
	assert suggested(), "once may be a mistake"
	assert check_links(loopback) == [page.title]
	assert not suggested()
	assert check_links(loopback) == [], "people are told once"
	others = frappe.get_all(
		RESOURCE, {"kind": "Official page", "name": ("!=", page.name)}, pluck="link_state"
	)
	assert set(others) == {"Reachable"}


def test_a_network_that_is_away_says_nothing_about_a_page():
	from codigo_binario_support.jobs.resources import _status

	session = requests.Session()
	session.trust_env = False
	session.mount("https://", _ToLoopback(1))
	assert _status(session, "https://docs.frappe.io/x") is None


def test_an_agent_sends_frappes_own_reset_mail_and_sees_no_password(file_request, as_user, monkeypatch):
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: sent.append(mail))
	request = file_request("ana", "faq")
	as_user("agent")
	before = frappe.db.get_value("User", email("ana"), "reset_password_key")
	assert api.send_password_reset(request.name) == {"sent_to": email("ana")}
	assert [mail["recipients"] for mail in sent] in ([email("ana")], [[email("ana")]])
	assert "update-password?key=" in str(sent[0]["args"]["link"])
	assert frappe.db.get_value("User", email("ana"), "reset_password_key") != before
	last = frappe.get_doc("Support Request", request.name).clock_events[-1]
	assert last.action == "send_password_reset" and "key=" not in last.detail


def test_only_an_agent_of_the_request_sends_it(file_request, as_user):
	request = file_request("ana", "faq")
	for person in ("ana", "beto", "manager"):
		as_user(person)
		with pytest.raises(frappe.PermissionError):
			api.send_password_reset(request.name)


def test_a_disabled_user_gets_none(file_request, as_user):
	request = file_request("ana", "faq")
	frappe.db.set_value("User", email("ana"), "enabled", 0)
	as_user("agent")
	with pytest.raises(frappe.ValidationError, match="disabled"):
		api.send_password_reset(request.name)
