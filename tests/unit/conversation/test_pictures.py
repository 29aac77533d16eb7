"""Pictures inside a text: found however the tag is written, and never read as words."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.conversation import pictures
from codigo_binario_support.domain.conversation.pictures import (
	Picture,
	picture_in,
	replaced,
	shown,
	without_pictures,
	words_only,
)

HEADS = {
	"png": b"\x89PNG\r\n\x1a\n",
	"jpg": b"\xff\xd8\xff\xe0",
	"gif": b"GIF89a",
	"webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
}
TEXT = "<p>Nadie puede entrar, marca error 502</p>"
PIECES = [
	"<img",
	"<IMG ",
	"<image/",
	" src=",
	'"',
	"'",
	">",
	"/>",
	"=",
	" ",
	"a",
	"data:image/png;base64,QUJD",
	"<p>",
]


def address(content: bytes, content_type: str = "image/png") -> str:
	return f"data:{content_type};base64,{base64.b64encode(content).decode()}"


def addresses(html: str) -> list[str]:
	found = []
	replaced(html, lambda address, _sizes: found.append(address) or "")
	return found


@pytest.mark.parametrize(
	"tag",
	[
		'<img src="x.png">',
		"<img src='x.png'/>",
		"<img src=x.png>",
		"<IMG\n\tALT = 'a > b'  SRC = x.png >",
		"<img/src=x.png>",
		'<image src="x.png">',
		'<img src="x.png" src="y.png">',
		'<img alt="<img src=z.png>" src="&#120;.png">',
		'<img src=" x.png\n">',
	],
)
def test_a_picture_is_found_however_its_tag_is_written(tag):
	assert addresses(f"antes {tag} después") == ["x.png"]
	assert without_pictures(f"antes {tag} después") == "antes  después"


@pytest.mark.parametrize(
	"text", ["<imagen>", "<img", "<img src='x.png", "<img<img", '<img alt="', "a <img b"]
)
def test_what_is_no_tag_stays_as_plain_text(text):
	assert addresses(text) == []
	assert without_pictures(text) == text.replace("<im", "&lt;im")


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_picture_is_left_but_those_that_were_put_there(html):
	assert not re.search(r"<im(g|age)", without_pictures(html), re.I)
	assert set(re.findall(r"<im[^>]*>", replaced(html, lambda *_: shown("/x", {})))) <= {'<img src="/x">'}


@given(st.text())
def test_a_text_without_pictures_stays_as_it_is(html):
	if not re.search(r"<im(g|age)|base64", html, re.I):
		assert words_only(html) == html


def test_a_text_says_the_same_with_a_picture_without_it_and_with_its_note():
	with_picture = TEXT + f'<img src="{address(HEADS["png"] * 1000)}">'
	with_file = TEXT + '<img src="/private/files/captura-error-factura.png?fid=abc">'
	with_note = TEXT + pictures.note("No se guardó una imagen de la factura:", "http://x.example/<a>")

	assert words_only(with_picture) == words_only(with_file) == words_only(with_note) == TEXT
	assert "factura" in without_pictures(with_note)


def test_what_is_pasted_as_plain_base64_is_no_word():
	assert words_only(f"Mira {address(b'x' * 3000)} esto") == "Mira  esto"
	assert words_only("los data: del cliente;base64, no") == "los data: del cliente;base64, no"


@pytest.mark.parametrize("kind", HEADS)
def test_the_kind_of_a_picture_is_what_its_content_says(kind):
	assert picture_in(address(HEADS[kind] + b"resto", "image/bmp")) == Picture(kind, HEADS[kind] + b"resto")


@pytest.mark.parametrize(
	"spoiled",
	[
		lambda text: text.rstrip("="),
		lambda text: "\n ".join(text[at : at + 4] for at in range(0, len(text), 4)),
		lambda text: text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
	],
)
def test_base64_is_read_as_browsers_read_it(spoiled):
	content = HEADS["png"] + bytes(range(256)) + b"\xfb\xff"
	text = base64.b64encode(content).decode()
	assert picture_in(f"data:image/png;base64,{spoiled(text)}") == Picture("png", content)


@pytest.mark.parametrize(
	"text",
	[
		"",
		"x.png",
		"data:",
		"data:image/png;base64",
		"data:image/png;base64,",
		"data:image/png;base64,ñ",
		"data:image/png;base64,%%%",
		"data:image/png,QUJD",
		address(b"<svg/>", "image/svg+xml"),
		address(b"<script>alert(1)</script>"),
		address(b"BM" + b"0" * 60, "image/bmp"),
	],
)
def test_what_is_no_picture_that_a_browser_only_draws_is_none(text):
	assert picture_in(text) is None


def test_an_address_cannot_leave_its_attribute():
	assert shown('"><script>', {"width": "10"}) == '<img src="&quot;&gt;&lt;script&gt;" width="10">'
	kept = replaced('<img src=x width="10" height="1e9" onerror=alert(1)>', shown)
	assert kept == '<img src="x" width="10">'
