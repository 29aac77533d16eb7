"""What any customer may send costs time with its length, never with the square of it, and judging reads a bounded part.

Growth is compared, not a clock: four times the text may take a few times four as long, on whatever machine. A door of
square time takes sixteen times as long, and far longer than the least that is compared. CODIGO_BINARIO_WHOLE=1, as in
`make sweep`, reads five times as much text of every shape.
"""

import json
import os
import time
from pathlib import Path

import pytest

from codigo_binario_support.cli.columns import plain_text
from codigo_binario_support.domain.conversation import mail
from codigo_binario_support.domain.policy.language import language_of
from codigo_binario_support.domain.policy.policy import Policy
from codigo_binario_support.domain.triage import markup
from codigo_binario_support.domain.triage.cleaning import LONGEST_TEXT, automatic_kind, clean, is_courtesy
from codigo_binario_support.domain.triage.features import tokens
from codigo_binario_support.domain.triage.verdict import NEEDS_REVIEW
from codigo_binario_support.shipped import classify, triage_model

ROOT = Path(__file__).resolve().parents[3]
POLICY = json.loads((ROOT / "codigo_binario_support/data/policy.json").read_text(encoding="utf-8"))
SMALL, LARGE = (25_000, 100_000) if os.environ.get("CODIGO_BINARIO_WHOLE") else (5_000, 20_000)
#: Below so many seconds nobody waits, and a clock says little.
FLOOR = 0.05
#: Fourfold, with room for a machine that does something else meanwhile; the square is sixteenfold.
MOST_GROWTH = 9

#: Repeated until the text has its length.
SHAPES = {
	"angles": "<",
	"open breaks": "<br ",
	"open pictures": "<img ",
	"open comments": "<!--",
	"open heads": "<head>",
	"open scripts": "<script ",
	"open quotes": "<a b='<a b=\"",
	"quoted ends": '<a b=">" ',
	"closed tags": "</p>",
	"nested blocks": "<div>",
	"nested letters": "<b><i>",
	"glued tags": "<a<",
	"long names": "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"pictures": '<img src="data:image/png;base64,AAAA">',
	"ampersands": "&",
	"entities": "&nbsp",
	"dashes": "-",
	"underscores": "_",
	"dash rules": "-- ",
	"rules": "__________ ",
	"quoted lines": "> cita\n",
	"quote marks": ">",
	"original headers": "----- Original\n",
	"from lines": "De: x\n",
	"one word": "a",
	"words": "hola ",
	"blank lines": "\n",
	"blank breaks": " <br>",
	"bare bullets": "<li><b></b><br>",
	"capitals": "A",
	"spaces": " ",
	"tabs in lines": "\t \n",
	"empty lines": "\n",
	"sentences": "a. ",
	"questions": "no? ",
	"parentheses": "(",
	"base64": "iVBORw0KGgoAAAANSUhEUgAA/9k+",
	"addresses": "a@",
	"lists": "ana@x.mx,",
	"digits": "7",
	"paths": "aa/",
	"windows paths": "aa\\",
	"dotted": "aa.",
	"sign-offs": "saludos\n",
	"separators": "--\n",
	"phones": "tel 5\n",
	"links": "www.x ",
	"traces": "at x (1:1:",
	"wrote": " El lun escribió ",
	"encoded words": "=?u?q?x ",
	"parameters": ";a",
	"semicolons": "x;",
}
TEXT_DOORS = {
	"words_of": markup.words_of,
	"storable": markup.storable,
	"without_hidden": markup.without_hidden,
	"without_pictures": markup.without_pictures,
	"plain_text": plain_text,
	"clean": lambda text: clean(text, text),
	"is_courtesy": is_courtesy,
	"automatic_kind": lambda text: automatic_kind(text, text),
	"decoded": mail.decoded,
	"said_in": markup.said_in,
	"language_of": language_of,
}


def shaped(shape: str, size: int) -> str:
	part = SHAPES[shape]
	return (part * (size // len(part) + 1))[:size]


def seconds(door, *texts) -> float:
	"""Of this process, the best of three: whatever else the machine does only adds."""
	found = []
	for text in texts * 3:
		began = time.process_time()
		door(text)
		found.append(time.process_time() - began)
		if not FLOOR / 3 < found[-1] < 5:
			break
	return min(found)


def grows_with_its_length(door, make) -> None:
	for _again in range(3):
		small, large = seconds(door, make(SMALL)), seconds(door, make(LARGE))
		if large < max(FLOOR, MOST_GROWTH * small):
			return
	raise AssertionError(f"{SMALL} characters: {small:.3f} s, {LARGE}: {large:.3f} s")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("door", TEXT_DOORS)
def test_a_text_costs_no_more_than_its_length(door, shape):
	grows_with_its_length(TEXT_DOORS[door], lambda size: shaped(shape, size))


@pytest.mark.parametrize("shape", SHAPES)
def test_words_cost_no_more_than_their_number(shape):
	def read(text: str) -> None:
		words = [word for word, _stem, _raw in tokens(text)]
		triage_model().phrases.forms_of((), words)

	grows_with_its_length(read, lambda size: shaped(shape, size))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_verdict_costs_the_same_however_long_the_text_is(shape):
	policy = Policy(POLICY)
	long = seconds(lambda text: classify(policy, text, text), shaped(shape, 500_000))
	bounded = seconds(lambda text: classify(policy, text, text), shaped(shape, LONGEST_TEXT))
	assert long < max(FLOOR, 4 * bounded)


@pytest.mark.parametrize(
	"head",
	[
		"Subject: {}",
		"From: {}",
		"From: ana@x.mx\r\nTo: {}",
		"From: ana@x.mx\r\nReferences: {}",
		"From: ana@x.mx\r\nX-Note: {}",
		"From: ana@x.mx\r\nContent-Type: multipart/mixed{}",
		"From: ana@x.mx\r\nContent-Disposition: attachment{}",
		"From: ana@x.mx\r\nContent-Type: text/html\r\n\r\n{}",
		"From: ana@x.mx\r\nContent-Type: text/plain; charset=punycode\r\n\r\n{}",
		"From: ana@x.mx\r\n\r\n{}",
	],
)
@pytest.mark.parametrize(
	"shape", ["parameters", "parentheses", "one word", "addresses", "encoded words", "angles", "lists"]
)
def test_a_mail_costs_no_more_than_its_length(head, shape):
	def read(raw: bytes) -> None:
		try:
			mail.kind_of(mail.read(raw), ())
		except mail.MailError:
			return

	grows_with_its_length(read, lambda size: head.format(shaped(shape, size).replace("\n", "\r\n")).encode())


def test_a_number_of_ten_thousand_digits_is_no_character():
	assert markup.words_of(f"<p>Hola &#{'9' * 10_000}; sigue</p>") == "Hola \ufffd sigue"
	assert plain_text(f"a &#x{'f' * 10_000}; b") == "a \ufffd b"


def test_the_words_are_whole_whatever_is_around_them():
	said = "No puedo entrar al sistema"
	for shape in SHAPES:
		for html in (
			f"<p>{said}</p>{shaped(shape, 30_000)}",
			f"<div>{said}<br>{shaped(shape, 30_000)}</div>",
		):
			assert said in markup.words_of(html), shape
			assert said in markup.words_of(markup.storable(html)), shape


def test_what_people_write_is_stored_as_they_wrote_it():
	for html in (
		'<div class="ql-editor"><p>Hola <b>a todos</b></p><ul><li>uno &amp; dos</li></ul></div>',
		'<p><img src="data:image/png;base64,' + "iVBORw0KGgo" * 200_000 + '"></p>',
		"una línea\notra",
		"<table>" + "<tr><td>1</td><td>2</td></tr>" * 300 + "</table>",
	):
		assert markup.storable(html) == html


def test_a_value_in_quotes_may_have_the_sign_that_ends_a_tag():
	assert (
		markup.words_of('<p title="a > b">Uno</p><p title="sin cerrar>dos</p><p class="x">tres</p>')
		== "Uno\ndos\ntres"
	)


def test_a_head_hides_its_own_and_nothing_behind_it():
	for head in ("<head/>", "<head>", "<head><style>p{}</style>", "<head><title>t</title></head>"):
		assert markup.words_of(f"<html>{head}<body><p>No puedo entrar</p>") == "No puedo entrar"
	assert markup.words_of("<head><meta><p>No puedo entrar</p>") == "No puedo entrar"


def test_a_thank_you_with_something_unread_behind_it_is_no_mere_thank_you():
	assert is_courtesy(
		"Muchas gracias\n\nEl lun, 3 feb 2026 a las 9:12, Ana escribió:\n" + "> cita\n" * 10_000
	)
	assert not is_courtesy("Muchas gracias" + " " * LONGEST_TEXT + "pero sigue igual")


def test_no_machine_refuses_what_it_has_read_only_in_part():
	policy = Policy(POLICY)
	wish = "Necesitamos un curso de capacitación para diez usuarios nuevos sobre inventarios."
	assert classify(policy, "Curso de inventarios", wish).verdict == "excluded"
	assert (
		classify(policy, "Curso de inventarios", wish + "\n" + "dato 1234\n" * 5_000).verdict == NEEDS_REVIEW
	)
	quoted = "\n\nDe: Ana\nEnviado: lunes\nPara: soporte\n" + "dato 1234\n" * 5_000
	assert classify(policy, "Curso de inventarios", wish + quoted).verdict == "excluded"


def test_an_address_longer_than_a_site_can_keep_is_named():
	with pytest.raises(mail.MailError, match="address"):
		mail.read(f"From: {'a' * 200}@x.mx\r\nSubject: Hola\r\n\r\nNo puedo entrar".encode())


def test_addresses_are_read_behind_comments_that_nobody_can_take_apart():
	found = mail.read(b"From: " + b"(" * 5_000 + b" ana@cliente.mx\r\nSubject: Hola\r\n\r\nHola")
	assert found.sender == "ana@cliente.mx"


def test_an_encoded_header_is_read_whole_with_what_stands_behind_it():
	assert mail.decoded("=?utf-8?q?Contrase=C3=B1a?= olvidada =?u?q?x") == "Contraseña olvidada =?u?q?x"
	assert mail.decoded("=?utf-8?b?Q29udHJhc2XDsWE=?=\r\n =?utf-8?q?_nueva?=") == "Contraseña nueva"
