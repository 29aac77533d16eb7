"""Filing as people do it: on the desk and on the portal, with a screenshot."""

from __future__ import annotations

import re

import pytest
from conftest import PHONE
from pictures import picture
from playwright.sync_api import expect

OUTAGE = "Nadie puede entrar al sistema desde las 8, marca error 502"
NEW = "/app/support-request/new"
FILED = re.compile(r"/app/support-request/(?!new)[^/?]+$")


def begin(page) -> None:
	page.wait_for_load_state("networkidle")
	page.locator('[data-fieldname="subject"] input').fill("Urgente")
	page.locator('[data-fieldname="description"] [contenteditable="true"]').click()
	page.keyboard.insert_text(OUTAGE)
	has_taken(page, OUTAGE)


def has_taken(page, text: str, times: int = 1) -> None:
	"""Frappe's editor hands over what was typed a moment later."""
	page.wait_for_function(
		"([text, times]) => (cur_frm.doc.description || '').split(text).length > times", arg=[text, times]
	)


def save(page) -> str:
	"""Click Save; returns the name of the request."""
	page.locator(".page-head .primary-action:visible").click()
	page.wait_for_url(FILED)
	return page.url.rsplit("/", 1)[1]


def is_drawn(picture) -> bool:
	return picture.evaluate("image => image.complete && image.naturalWidth > 0")


def attach(page, name: str, content: bytes) -> None:
	page.locator('[data-fieldname="attachment"] .btn-attach').click()
	page.locator('.file-uploader input[type="file"]').first.set_input_files(
		{"name": name, "mimeType": "image/png", "buffer": content}
	)
	page.locator(".modal.show .btn-modal-primary").click()
	expect(page.locator('[data-fieldname="attachment"] .attached-file-link')).to_be_visible()


def test_pictures_pasted_before_the_first_save_are_in_the_filed_request(open_page, paste, stored):
	page = open_page("pablo", NEW)
	begin(page)
	editor = page.locator('[data-fieldname="description"] [contenteditable="true"]')
	paste(editor, picture(), picture())
	has_taken(page, "<img", 2)
	name = save(page)

	found = stored(name)
	assert len(found.files) == 2 and all(file.is_private for file in found.files)
	assert "base64" not in found.doc.description
	shown = page.locator('[data-fieldname="description"] img:visible')
	expect(shown).to_have_count(2)
	assert is_drawn(shown.first)
	assert found.doc.severity == "outage"


def test_a_file_attached_before_the_first_save_waits_for_it(open_page, stored):
	page = open_page("pablo", NEW)
	begin(page)
	attach(page, "captura.png", picture())
	assert not FILED.search(page.url), "choosing a file filed the request"
	name = save(page)

	(file,) = stored(name).files
	assert file.is_private and file.file_url == stored(name).doc.attachment
	expect(page.locator(".form-attachments .attachment-row")).to_have_count(1)


def test_a_file_may_be_attached_before_anything_is_written(open_page, stored):
	page = open_page("pablo", NEW)
	attach(page, "captura.png", picture())
	expect(page.locator(".msgprint-dialog.show")).to_have_count(0)
	begin(page)

	assert len(stored(save(page)).files) == 1


def test_a_file_taken_away_before_the_save_is_gone_and_files_nothing(open_page, stored):
	page = open_page("pablo", NEW)
	begin(page)
	attach(page, "captura.png", picture())
	with page.expect_response(re.compile(r"remove_attach")) as answer:
		page.locator('[data-action="clear_attachment"]').click()
	assert answer.value.ok
	expect(page.locator('[data-fieldname="attachment"] .btn-attach')).to_be_visible()
	assert not FILED.search(page.url), "taking the file away filed the request"

	assert stored(save(page)).files == []


@pytest.mark.parametrize("turn", range(3))
def test_the_conversation_is_there_after_filing(open_page, turn):
	page = open_page("pablo", NEW)
	begin(page)
	save(page)

	expect(page.locator('[data-fieldname="conversation"] textarea')).to_be_visible()


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_the_portal_files_with_chosen_and_pasted_pictures(open_page, paste, stored, size):
	page = open_page("elisa", "/soporte/nueva", size)
	page.locator("[name=subject]").fill("Urgente")
	text = page.locator("[name=text]")
	text.fill(OUTAGE)
	page.locator("[name=file]").set_input_files(
		{"name": "captura.png", "mimeType": "image/png", "buffer": picture()}
	)
	paste(text, picture())
	page.get_by_role("button", name="Enviar solicitud").click()
	page.wait_for_url(re.compile(r"/soporte/(?!nueva)[^/]+$"))

	found = stored(page.url.rsplit("/", 1)[1])
	assert len(found.files) == 2 and all(file.is_private for file in found.files)
	expect(page.locator(".support-files li")).to_have_count(2)


def test_the_portal_resolves_reopens_and_closes(open_page, stored):
	page = open_page("elisa", "/soporte/nueva")
	page.locator("[name=subject]").fill("Urgente")
	page.locator("[name=text]").fill(OUTAGE)
	page.get_by_role("button", name="Enviar solicitud").click()
	page.wait_for_url(re.compile(r"/soporte/(?!nueva)[^/]+$"))
	name = page.url.rsplit("/", 1)[1]

	for action, label, reason, status in (
		("resolve", "Ya está resuelto", "Ya entra", "Resolved"),
		("reopen", "Abrirla de nuevo", "Otra vez no entra", "In Progress"),
		("resolve", "Ya está resuelto", "Ahora sí", "Resolved"),
		("close", "Cerrarla definitivamente", "", "Closed"),
	):
		part = page.locator(f'details:has(input[name="action"][value="{action}"])')
		part.locator("summary").click()
		expect(part.locator("summary")).to_have_text(label)
		if reason:
			part.locator("[name=reason]").fill(reason)
		with page.expect_navigation():
			part.get_by_role("button", name="Continuar").click()
		expect(page.locator("[data-support-clock]")).to_be_visible()
		assert stored(name).doc.status == status


def test_a_picture_pasted_into_the_conversation_is_sent(open_page, paste, stored):
	page = open_page("pablo", NEW)
	begin(page)
	name = save(page)
	box = page.locator('[data-fieldname="conversation"] textarea')
	paste(box, picture())
	page.locator('[data-fieldname="conversation"] form [type=submit]').click()
	expect(page.locator(".support-chat__row a")).to_have_count(1)

	assert len(stored(name).files) == 1
