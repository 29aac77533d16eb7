"""Filing with pictures, over HTTP, as the desk's form and the portal do it."""

from __future__ import annotations

import json
import re

import frappe
import pytest
from pictures import KINDS, TYPES, data_address, pasted, picture
from web import DOCTYPE, Browser, make_people, on_site, server, tidy

VERDICT = ("verdict", "clause", "second_clause", "severity", "confidence")
SUBJECT = "Urgente"


@pytest.fixture(scope="module")
def base(site):
	with on_site():
		make_people()
		tidy()
		settings = frappe.get_doc("Support Promise Settings")
		before = settings.portal_access
		settings.db_set("portal_access", "Everybody with an account")
	with server() as url:
		yield url
	with on_site():
		tidy()
		frappe.get_doc("Support Promise Settings").db_set("portal_access", before)


@pytest.fixture(scope="module")
def people(base):
	return {person: Browser(base, person) for person in ("pablo", "olga", "agata", "elisa")}


@pytest.fixture
def pablo(people):
	return people["pablo"]


def filed(browser: Browser, description: str, **values):
	status, doc = browser.save(subject=SUBJECT, description=description, **values)
	assert status == 200, doc
	return frappe._dict(doc)


def allow_files(extensions: str) -> None:
	frappe.db.set_single_value("System Settings", "allowed_file_extensions", extensions)
	frappe.db.commit()
	frappe.clear_document_cache("System Settings", "System Settings")


def files_of(name: str):
	frappe.db.rollback()
	return frappe.get_all(
		"File",
		filters={"attached_to_doctype": DOCTYPE, "attached_to_name": name},
		fields=["name", "file_name", "file_url", "is_private", "owner"],
		order_by="creation asc",
	)


def sources(doc) -> list[str]:
	return [
		address.replace("&amp;", "&") for address in re.findall(r'<img[^>]*src="([^"]*)"', doc.description)
	]


def upload(browser: Browser, name: str, content: bytes, **values):
	form = {"doctype": DOCTYPE, "fieldname": "attachment", "is_private": 1, **values}
	return browser.upload("/api/method/upload_file", [(name, content)], **form)


def is_same(stored: bytes, sent: bytes) -> bool:
	"""Frappe writes a JPEG anew, to take out where it was made."""
	return stored == sent or stored[:3] == sent[:3] == b"\xff\xd8\xff"


# Pasted into the text


@pytest.mark.parametrize("kind", KINDS)
def test_a_pasted_picture_is_kept_privately_and_seen_by_those_who_may_read_the_request(people, kind):
	content = picture(kind)
	doc = filed(people["pablo"], pasted(data_address(content, TYPES[kind])))

	(address,) = sources(doc)
	(file,) = files_of(doc.name)
	assert address.split("?")[0] == file.file_url and file.is_private
	assert file.file_url.startswith("/private/files/") and file.file_url.endswith(f".{kind}")
	for reader in ("pablo", "agata"):
		status, stored = people[reader].get(address)
		assert status == 200 and is_same(stored, content)
	assert people["olga"].get(address)[0] == 403


def test_several_pictures_are_kept_in_their_order(pablo):
	contents = [picture(kind) for kind in KINDS]
	doc = filed(pablo, pasted(*(data_address(content) for content in contents)))

	stored = [pablo.get(address)[1] for address in sources(doc)]
	assert len(stored) == len(files_of(doc.name)) == len(contents)
	assert all(map(is_same, stored, contents))


@pytest.mark.parametrize(
	"text",
	[
		"Nadie puede entrar al sistema desde las 8, marca error 502",
		"Necesitamos un curso de inventarios para cinco personas",
		"¿Cómo doy de alta a un usuario de ventas?",
	],
)
def test_a_picture_changes_nothing_of_the_verdict(pablo, text):
	plain = filed(pablo, pasted(text=text))
	with_pictures = filed(
		pablo, pasted(data_address(picture(size=60_000)), "http://x.example/a.png", text=text)
	)

	assert [with_pictures[key] for key in VERDICT] == [plain[key] for key in VERDICT]
	assert [row["signals"] for row in with_pictures.decisions] == [row["signals"] for row in plain.decisions]


def test_what_is_judged_stored_and_read_again_has_no_picture_in_it(pablo):
	from codigo_binario_support.adapters.requests.requests import text_of

	plain = filed(pablo, pasted())
	doc = filed(pablo, pasted(data_address(picture(size=3_000_000)), "data:image/svg+xml;base64,AAAA"))

	assert "base64" not in doc.description and len(doc.description) < 2000
	assert text_of(doc)[1].split() == text_of(plain)[1].split()


@pytest.mark.parametrize(
	("address", "said"),
	[
		(
			data_address(
				b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"
			),
			"",
		),
		(data_address(b"<script>alert(1)</script>", "text/html"), ""),
		# What it says it is does not count.
		(data_address(b"<script>alert(1)</script>"), ""),
		("data:image/png;base64,%%%no-es-base64", ""),
		("data:image/png;base64,", ""),
		("data:image/png,crudo", ""),
		("javascript:alert(1)", ""),
		("cid:foto@correo", ""),
		("file:///C:/Users/ana/foto.png", ""),
		("/private/files/no-existe.png", ""),
		("/api/method/logout", ""),
		("http://tracker.example/pixel.png?quien=ana", "http://tracker.example/pixel.png?quien=ana"),
		("//tracker.example/pixel.png", "//tracker.example/pixel.png"),
	],
)
def test_a_picture_that_cannot_be_kept_leaves_a_note_and_the_request_is_filed(pablo, address, said):
	doc = filed(pablo, pasted(address))

	assert sources(doc) == [] and "<img" not in doc.description
	assert "Nadie puede entrar" in doc.description
	(note,) = re.findall(r'<em class="support-picture-note">\[([^<]*)\]</em>', doc.description)
	assert note and said in note.replace("&amp;", "&")
	assert files_of(doc.name) == []


@pytest.mark.parametrize(
	"tag",
	[
		'<image src="{0}">',
		"<IMG\nalt='x' src = '{0}'/>",
		"<img/src={0}>",
		'<img src="https://tracker.example/1.png" srcset="https://tracker.example/2.png 2x">',
		'<img alt="a > b" src="{0}" onerror="alert(1)">',
		'<img src="&#104;ttp://tracker.example/1.png">',
	],
)
def test_no_way_of_writing_the_tag_fetches_anything_from_elsewhere(pablo, tag):
	doc = filed(pablo, pasted() + tag.format("http://tracker.example/1.png"))

	assert "<img" not in doc.description and "onerror" not in doc.description
	assert "srcset" not in doc.description


def test_a_picture_that_the_site_does_not_take_leaves_a_note(pablo):
	allow_files("PDF")
	try:
		doc = filed(pablo, pasted(data_address(picture())))
	finally:
		allow_files("")
	assert "support-picture-note" in doc.description and files_of(doc.name) == []


def test_a_picture_of_thirty_megabytes_leaves_a_note(file_request):
	# Not over HTTP: there Frappe refuses the whole form, which stays on the screen.
	doc = file_request("ana", description=pasted(data_address(picture(size=30_000_000))))

	assert "support-picture-note" in doc.description and "<img" not in doc.description
	assert "Nadie puede entrar" in doc.description


def test_more_pictures_than_are_kept_leave_notes(pablo):
	doc = filed(pablo, pasted(*(data_address(picture()) for _n in range(22))))

	assert len(sources(doc)) == len(files_of(doc.name)) == 20
	assert doc.description.count("support-picture-note") == 2


def test_a_text_may_show_a_picture_that_who_files_may_read_and_no_other(people):
	content = picture()
	_status, body = people["olga"].upload("/api/method/upload_file", [("foto.png", content)], is_private=1)
	address = body["message"]["file_url"]
	theirs = filed(people["pablo"], pasted(address))
	own = filed(people["olga"], pasted(people["olga"].base + address))

	assert sources(theirs) == [] and files_of(theirs.name) == []
	assert people["pablo"].get(address)[0] == 403
	(shown,) = sources(own)
	assert people["agata"].get(shown) == (200, content)


def test_a_retry_with_the_text_that_was_stored_keeps_the_picture_where_it_is(people):
	doc = filed(people["pablo"], pasted(data_address(picture())))
	again = filed(people["olga"], doc.description)

	assert sources(again) == []
	assert filed(people["pablo"], doc.description).description.count("<img") == 1


# Attached before the first save


def test_a_file_attached_before_the_first_save_is_the_requests_afterwards(people):
	content, form = picture(), "new-support-request-abcdefghij"
	status, body = upload(people["pablo"], "captura.png", content, docname=form)
	assert status == 200, body
	address = body["message"]["file_url"]
	assert people["pablo"].get(address) == (200, content)
	for other in ("olga", "agata"):
		assert people[other].get(address)[0] == 403

	doc = filed(people["pablo"], pasted(), attachment=address, name=form)
	(file,) = files_of(doc.name)
	assert doc.attachment == address == file.file_url and file.is_private
	assert people["agata"].get(address) == (200, content)
	assert people["olga"].get(address)[0] == 403


def test_a_file_that_was_attached_long_before_the_save_follows_too(pablo):
	form = "new-support-request-klmnopqrst"
	address = upload(pablo, "captura.png", picture(), docname=form)[1]["message"]["file_url"]
	yesterday = frappe.utils.add_days(None, -1)
	frappe.db.set_value("File", {"file_url": address}, "creation", yesterday, update_modified=False)
	frappe.db.commit()
	doc = filed(pablo, pasted(), attachment=address, name=form)

	assert [file.file_url for file in files_of(doc.name)] == [address]


def test_the_form_of_somebody_else_gives_nobody_their_files(people):
	form = "new-support-request-uvwxyzabcd"
	address = upload(people["olga"], "captura.png", picture(), docname=form)[1]["message"]["file_url"]
	doc = filed(people["pablo"], pasted(), name=form)
	assert files_of(doc.name) == []

	status, _body = people["pablo"].save(subject=SUBJECT, description="x", attachment=address, name=form)
	assert status == 403
	assert people["pablo"].get(address)[0] == 403


@pytest.mark.parametrize(
	"name", ["CBS-2026-99999", "new-support-request-", "new-support-request-A/../b", "x"]
)
def test_nothing_is_attached_to_a_request_that_is_neither_there_nor_being_written(pablo, name):
	assert upload(pablo, "captura.png", picture(), docname=name)[0] == 403


@pytest.mark.parametrize("is_filed", [False, True])
def test_an_upload_without_the_tick_is_private_all_the_same(people, is_filed):
	content = picture()
	name = filed(people["pablo"], pasted()).name if is_filed else "new-support-request-privado"
	status, body = upload(people["pablo"], "captura.png", content, docname=name, is_private=0)

	assert status == 200, body
	file = body["message"]
	assert file["is_private"] and file["file_url"].startswith("/private/files/")
	assert people["pablo"].get(file["file_url"]) == (200, content)
	assert people["olga"].get(file["file_url"])[0] == 403
	assert people["olga"].get(f"/files/{file['file_name']}")[0] == 404


def test_the_public_file_that_others_use_stays_where_it_is(people):
	content = picture()
	_status, body = people["olga"].upload("/api/method/upload_file", [("logo.png", content)], is_private=0)
	public = body["message"]["file_url"]
	assert public.startswith("/files/")
	name = filed(people["pablo"], pasted()).name
	upload(people["pablo"], "logo.png", content, docname=name, is_private=0)

	assert people["olga"].get(public) == (200, content)
	(file,) = files_of(name)
	assert file.file_url.startswith("/private/files/")
	assert people["pablo"].get(file.file_url) == (200, content)


def test_what_is_attached_by_its_address_becomes_private_or_is_refused(people):
	_status, body = people["olga"].upload("/api/method/upload_file", [("l.png", picture())], is_private=0)
	public = body["message"]["file_url"]
	name = filed(people["pablo"], pasted()).name
	form = {"doctype": DOCTYPE, "docname": name, "is_private": 0}

	assert people["pablo"].post("/api/method/upload_file", file_url=public, **form)[0] == 200
	assert (
		people["pablo"].post("/api/method/upload_file", file_url="https://x.example/a.png", **form)[0] == 417
	)
	assert people["pablo"].save(subject=SUBJECT, description="x", attachment=public)[0] == 403
	assert all(file.is_private and file.file_url.startswith("/private/files/") for file in files_of(name))
	assert people["olga"].get(public)[0] == 200


# By the portal


def test_the_portal_takes_pictures_of_every_kind_beside_the_text(people):
	elisa = people["elisa"]
	contents = {f"captura.{kind}": picture(kind) for kind in KINDS}
	number = frappe.generate_hash(length=20)
	status, body = elisa.upload(
		"/api/method/codigo_binario_support.api.portal.file",
		list(contents.items()),
		subject=SUBJECT,
		text="Nadie puede entrar",
		client_id=number,
	)
	assert status == 200, body
	name = body["message"]["request"]

	found = files_of(name)
	assert len(found) == len(contents)
	door = "/api/method/codigo_binario_support.api.chat.download"
	for file in found:
		assert file.is_private
		status, content = elisa.get(f"{door}?name={name}&file={file.name}")
		assert status == 200 and any(is_same(content, sent) for sent in contents.values()), (
			file.file_name,
			content[:60],
		)
		assert people["olga"].get(f"{door}?name={name}&file={file.name}")[0] == 403


def test_the_portal_refuses_more_files_than_it_says(people):
	status, body = people["elisa"].upload(
		"/api/method/codigo_binario_support.api.portal.file",
		[(f"{n}.png", picture()) for n in range(11)],
		subject=SUBJECT,
		text="Nadie puede entrar",
		client_id=frappe.generate_hash(length=20),
	)
	assert status == 417
	assert "10" in json.loads(json.loads(body["_server_messages"])[0])["message"]
