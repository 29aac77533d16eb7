"""The language of an answer, by its small words: «se comunicará contigo en español».

An answer is judged by what its writer says in it, sentence by sentence. What it quotes is not said by it: an error in
English, code, a trace, an address, the message before. Too little, or as much in one language as in the other: not told.
"""

import html
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
	there here about but because as any let know do does did an my how now""".split()
)
_GREETING = frozenset("hola gracias buenos buenas saludos listo estimado estimada".split())
_WORD = re.compile(r"[^\W\d_]+")
#: Small words needed to tell at all, and to tell one sentence.
_ENOUGH, _OF_A_SENTENCE = 3, 2
#: Words from which on it matters in which language they are.
_SAYS_SOMETHING = 8
#: What the writer says in one language must be so much more than what they say in the other.
_CLEARLY = 2

#: The elements of a message that hold what somebody else or a machine wrote.
_QUOTING = re.compile(r"<(pre|code|blockquote|samp|kbd)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_NEW_LINE = re.compile(r"</?(?:p|div|tr|li|ul|ol|table|h[1-6]|br|hr)\b[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<!--.*?(?:-->|\Z)", re.DOTALL)
_BLOCK = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
#: Between a pair of marks, on a line or two; a mark inside a word is an apostrophe.
_BETWEEN_MARKS = re.compile(
	r"""`[^`]{1,500}`|"[^"]{1,500}"|“[^”]{1,500}”|„[^“”]{1,500}[“”]|«[^»]{1,500}»|‹[^›]{1,500}›|‘[^’]{1,500}’(?!\w)
	|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w)){1,500}'(?!\w)|(?<!\w)\*\*[^*\n]{1,500}\*\*|(?<!\w)_[^_\n]{1,500}_(?!\w)""",
	re.VERBOSE,
)
#: Addresses, paths, and names with dots, underscores or brackets in them, as programs have them.
_NAMES = re.compile(
	r"""\b(?:https?|ftps?)://\S+|\bwww\.\S+|[\w.+-]{1,64}@[\w.-]{1,200}|(?<!\S)/?(?:[\w.-]+/){2,}[\w.-]*|\b\w+(?:\.\w+)+\(?\)?|\b\w*_\w*\b""",
	re.VERBOSE,
)
#: A line that a machine printed: of a trace, a log, a console, a table of code.
_MACHINE_LINE = re.compile(
	r"""^[^\S\n]*(?:
	[>|].*
	|Traceback\b.*|File\ ["'].*|at\ \S+\ ?\(.*|During\ handling\ of.*|The\ above\ exception.*|Caused\ by:.*
	|(?:\w+\.)*\w*(?:Error|Exception|Warning)\b\s*[:(].*
	|(?:HTTP/[\d.]+\ )?[1-5]\d\d\s+[A-Z].{0,80}
	|\[?\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d.*
	|(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|CRITICAL)\b.*
	|[$\#%]\s.*
	|(?:raise|return|import|from|def|class|for|if|else|try|except|with|self|select|update|delete|insert)\b.*[:;()=\[\]{}].*
	)$""",
	re.VERBOSE | re.MULTILINE,
)
#: From here on it is the message before, what the mail program adds, or what the company adds to every mail.
_END_OF_ANSWER = re.compile(
	r"""^[^\S\n]*(?:
	(?:el|on)\b.{6,160}\n?.{0,80}(?:escribi[oó]|wrote)\s*:\s*$
	|-{2,}\s*(?:mensaje\ original|original\ message|forwarded\ message|mensaje\ reenviado|$)
	|_{10,}\s*$
	|(?:de|from)\s*:.{3,120}\n\s*(?:enviado|sent|fecha|date|para|to)\b[^\n:]*:
	|(?:enviado\ desde\ mi|sent\ from\ my|get\ outlook|obtener\ outlook)\b
	|(?:aviso\ de\ (?:confidencialidad|privacidad)|confidentiality\ notice)\b
	|this\ (?:e-?mail|message|communication)[^\n.]{0,80}(?:confidential|privileged|intended)
	)""",
	re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
#: Characters that are read of one answer.
_LONGEST = 20_000
_END_OF_SENTENCE = re.compile(r"(?<=[.!?…;:])\s+|\n+|(?=[¿¡])")


def language_of(text: str) -> str:
	"""`es`, `en`, or empty, of an answer as HTML or as plain text.

	>>> (
	...     language_of("Hola Ana, puedes reiniciar tu contraseña desde la pantalla de inicio."),
	...     language_of("Listo"),
	... )
	('es', '')
	>>> language_of("Hello, you can reset your password from the login page. Please let us know.")
	'en'
	>>> language_of("Ya lo vimos: Could not find Row #1. It is not a valid item. Con eso queda, gracias.")
	'es'
	"""
	spanish = english = said_in_spanish = said_in_english = announced = 0
	is_introduced = False
	for sentence in _END_OF_SENTENCE.split(_own_words(text)):
		words = _WORD.findall(sentence.lower())
		found = sum(word in _SPANISH for word in words), sum(word in _ENGLISH for word in words)
		if max(found) < _OF_A_SENTENCE or found[0] == found[1]:
			spanish, english = spanish + found[0], english + found[1]
			is_introduced = found[0] > found[1] and _introduces(sentence) if found[0] else is_introduced
		elif found[0] > found[1]:
			spanish, said_in_spanish = spanish + found[0], said_in_spanish + len(words)
			is_introduced = _introduces(sentence)
		elif is_introduced:
			# What follows «el error dice:» is what the error says, up to the next word of the writer's own.
			announced += len(words)
		else:
			english, said_in_english = english + found[1], said_in_english + len(words)
	is_frame = announced <= _CLEARLY * said_in_spanish
	if spanish >= _ENOUGH and said_in_spanish >= _CLEARLY * said_in_english and is_frame:
		return SPANISH
	if english >= _ENOUGH and said_in_english > _CLEARLY * (said_in_spanish + spanish):
		return ENGLISH
	return NOT_TOLD


def is_short(text: str) -> bool:
	"""Whether an answer says too little for its language to matter: «Listo», a file, what it quotes alone.

	>>> (
	...     is_short("Listo, ya quedó."),
	...     is_short("Obrigado, vamos verificar isso amanhã com a equipe de suporte."),
	... )
	(True, False)
	"""
	return len(_WORD.findall(_own_words(text))) < _SAYS_SOMETHING


def _introduces(sentence: str) -> bool:
	"""Whether a sentence in Spanish announces what somebody else says: «El error dice:», not «Hola, Ana:»."""
	words = _WORD.findall(sentence.lower())
	return sentence.rstrip().endswith(":") and any(
		word in _SPANISH and word not in _GREETING for word in words
	)


def _own_words(text: str) -> str:
	"""Line by line what the writer says, without what they quote."""
	text = _BLOCK.sub("\n", _QUOTING.sub("\n", text[:_LONGEST].replace("\r\n", "\n")))
	text = html.unescape(_TAG.sub("", _NEW_LINE.sub("\n", text)))
	if ends := _END_OF_ANSWER.search(text):
		text = text[: ends.start()]
	own = "\n".join(line for line in text.split("\n") if not _MACHINE_LINE.match(line))
	return _NAMES.sub(" ", _BETWEEN_MARKS.sub(" ", own))
