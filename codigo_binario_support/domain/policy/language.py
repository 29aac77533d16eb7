"""The language of an answer, by its small words: «se comunicará contigo en español».

Too short, or in a language that is neither Spanish nor English: not told."""

from __future__ import annotations

import re

SPANISH, ENGLISH, NOT_TOLD = "es", "en", ""

#: Small words that the other language does not have.
_SPANISH = frozenset(
	"""el la los las un una unos unas de del al que qué en y o para por con sin sobre su sus tu tus te se lo les nos es son está
	están fue ser hay ya muy más pero porque como cómo cuando cuándo donde este esta esto ese esa eso si sí también hola gracias
	buenos buenas días tardes favor puedes puede podemos tienes tiene queda quedó listo saludos aquí cualquier""".split()
)
_ENGLISH = frozenset(
	"""the of and to in is are was were be been have has had it its this that these those you your we our they their with
	for from at by on if not can could will would should please thanks thank hello hi dear regards what when where which
	there here about but because as any let know do does did""".split()
)
_WORD = re.compile(r"[^\W\d_]+")
#: Small words needed to tell at all.
_ENOUGH = 3


def language_of(text: str) -> str:
	"""`es`, `en`, or empty. What is quoted from the message before does not count.

	>>> (
	...     language_of("Hola Ana, puedes reiniciar tu contraseña desde la pantalla de inicio."),
	...     language_of("Listo"),
	... )
	('es', '')
	>>> language_of("Hello, you can reset your password from the login page. Please let us know.")
	'en'
	"""
	lines = [line for line in text.splitlines() if not line.lstrip().startswith((">", "|"))]
	words = _WORD.findall("\n".join(lines).lower())
	spanish = sum(word in _SPANISH for word in words)
	english = sum(word in _ENGLISH for word in words)
	if spanish >= _ENOUGH and spanish > 2 * english:
		return SPANISH
	if english >= _ENOUGH and english > 2 * spanish:
		return ENGLISH
	return NOT_TOLD
