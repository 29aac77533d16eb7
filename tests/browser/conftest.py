"""Tests in a real browser: Debian's Chromium, driven by Playwright, against a web server of the bench on loopback.

A page that logs an error, throws one, or has a request refused fails its test, whatever else it shows.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "site"))

frappe = pytest.importorskip("frappe", reason="no Frappe in this Python: browser tests run in a bench")
playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright in this Python")
web = pytest.importorskip("web")

CHROMIUM = os.environ.get("CODIGO_BINARIO_BROWSER") or shutil.which("chromium")
DESK, PHONE = (1440, 900), (390, 844)
#: Without the realtime server the chat asks again and again instead, which is what it promises.
_UNHEARD = ("/socket.io/", "Error connecting to socket.io")


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
	"""The address of the site, with the people of `web` on it."""
	if not web.SITE:
		pytest.skip("CODIGO_BINARIO_SITE names no site")
	with web.on_site():
		if not frappe.conf.allow_tests:
			pytest.skip(
				f"{web.SITE} does not allow tests: bench --site {web.SITE} set-config allow_tests true"
			)
		web.make_people()
		web.tidy()
		settings = frappe.get_doc("Support Promise Settings")
		before = settings.portal_access
		settings.db_set("portal_access", "Everybody with an account")
		# Scripts of forms are cached by whoever opened one last.
		frappe.clear_cache()
	with web.server() as url:
		yield url
	with web.on_site():
		web.tidy()
		frappe.get_doc("Support Promise Settings").db_set("portal_access", before)


@pytest.fixture(scope="session")
def chromium(base):
	if not CHROMIUM:
		pytest.skip("no browser: install Debian's package chromium")
	with playwright.sync_playwright() as player:
		browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
		yield browser
		browser.close()


@pytest.fixture
def open_page(base, chromium):
	"""`open_page(person, path)`: a page as that person sees it, in Spanish."""
	contexts, problems = [], []

	def open_(person: str, path: str, size: tuple[int, int] = DESK):
		context = chromium.new_context(
			base_url=base,
			locale="es-MX",
			timezone_id="America/Mexico_City",
			viewport={"width": size[0], "height": size[1]},
		)
		contexts.append(context)
		form = {"usr": web.address(person), "pwd": web.PASSWORD}
		assert context.request.post("/api/method/login", form=form).ok
		page = context.new_page()
		page.set_default_timeout(20_000)
		_listen(page, problems)
		page.goto(path)
		return page

	yield open_
	for context in contexts:
		context.close()
	assert problems == []


def _counts(text: str) -> bool:
	return not any(part in text for part in _UNHEARD)


def _listen(page, problems: list[str]) -> None:
	def said(message) -> None:
		if message.type == "error" and _counts(f"{message.text} {message.location.get('url')}"):
			problems.append(f"console: {message.text} ({message.location.get('url')})")

	def failed(request) -> None:
		# What is under way when a page is left is aborted by the browser.
		if _counts(request.url) and request.failure != "net::ERR_ABORTED":
			problems.append(f"failed: {request.method} {request.url} {request.failure}")

	def answered(response) -> None:
		if response.status >= 400 and _counts(response.url):
			problems.append(f"{response.status}: {response.request.method} {response.url}")

	page.on("console", said)
	page.on("pageerror", lambda error: problems.append(f"thrown: {error}"))
	page.on("requestfailed", failed)
	page.on("response", answered)


@pytest.fixture
def paste():
	"""`paste(locator, *contents)`: pictures from the clipboard, as after a screenshot."""
	import base64

	def paste_(target, *contents: bytes) -> None:
		target.evaluate(
			"""(element, pictures) => {
				const data = new DataTransfer();
				for (const [at, text] of pictures.entries()) {
					const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
					data.items.add(new File([bytes], `image-${at}.png`, { type: "image/png" }));
				}
				element.focus();
				element.dispatchEvent(
					new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
				);
			}""",
			[base64.b64encode(content).decode() for content in contents],
		)

	return paste_


@pytest.fixture
def stored():
	"""`stored(name)`: a request and its files as the site has them now."""

	def look(name: str) -> SimpleNamespace:
		with web.on_site():
			doc = frappe.get_doc(web.DOCTYPE, name)
			files = frappe.get_all(
				"File",
				filters={"attached_to_doctype": web.DOCTYPE, "attached_to_name": name},
				fields=["file_name", "file_url", "is_private"],
				order_by="creation asc",
			)
			return SimpleNamespace(doc=doc, files=files)

	return look
