"""What was written as formatted text, as the conversation shows it: words, bullets and addresses, and no marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.conversation.chat import parts
from codigo_binario_support.domain.triage.markup import said_in


@pytest.mark.parametrize(
	("html", "words"),
	[
		(
			"<p>Tu solicitud <strong>CBS-2026-00006</strong> está <em>lista</em>.</p>",
			"Tu solicitud CBS-2026-00006 está lista.",
		),
		(
			'<ul><li><a href="https://docs.example.com/clave?a=1&amp;b=2">Cambiar la contraseña</a></li></ul>',
			"• Cambiar la contraseña: https://docs.example.com/clave?a=1&b=2",
		),
		('<a href="https://docs.example.com">https://docs.example.com</a>', "https://docs.example.com"),
		(
			"<p>Una línea que el correo\npartió en\ndos</p><p>Otra</p>",
			"Una línea que el correo partió en dos\nOtra",
		),
		("<ul><li><p>uno</p></li><li><p>dos</p></li></ul>", "• uno\n• dos"),
		("<pre>uno\ndos</pre>", "uno\ndos"),
		("<p>2 * 3 = 6, a_b_c y [x](y)</p>", "2 * 3 = 6, a_b_c y [x](y)"),
		('<a href="javascript:alert(1)">pulsa</a><script>alert(2)</script>', "pulsa"),
		('<a href="data:text/html,x">pulsa</a>', "pulsa"),
		("&lt;img src=x onerror=alert(1)&gt;", "<img src=x onerror=alert(1)>"),
	],
)
def test_a_formatted_message_is_shown_in_its_words(html, words):
	assert said_in(html) == words


@pytest.mark.parametrize(
	("text", "address"),
	[
		("Mira https://docs.example.com/a.", "https://docs.example.com/a"),
		("(https://docs.example.com/a)", "https://docs.example.com/a"),
		("https://es.wikipedia.org/wiki/ERP_(sistema), aquí", "https://es.wikipedia.org/wiki/ERP_(sistema)"),
		("la guía: https://docs.example.com/a?x=1&y=2#z!", "https://docs.example.com/a?x=1&y=2#z"),
	],
)
def test_the_marks_behind_an_address_are_none_of_it(text, address):
	assert [part for part, is_address in parts(text) if is_address] == [address]


@given(st.text(alphabet="htps:/().,<>\"' \nax"))
def test_nothing_of_a_text_is_lost_and_only_web_addresses_are_addresses(text):
	found = parts(text)
	assert "".join(part for part, _is_address in found) == text
	assert all(part.startswith(("http://", "https://")) for part, is_address in found if is_address)
