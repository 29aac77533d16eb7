"""HTML as strangers send it: its words, and what of it may be stored. One pass, whatever the text: time goes with its length.

No expression here looks further than a tag's own length, and what was not found is not searched for again: an unclosed
quote, a comment without an end or a hundred thousand `<` cost no more than as many letters.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape, unescape

_OPENING = re.compile(r"<(?:(!--)|[!?]|(/?[a-zA-Z][a-zA-Z0-9:]{0,30}))")
_QUOTE_OR_END = re.compile(r"=\s*([\"'])|>")
_END_OF_HEAD = re.compile(r"</head\b[^<>]{0,99}>|(?=<body\b)", re.IGNORECASE)
_RAW = ("script", "style", "title")
_END_OF_RAW = {name: re.compile(rf"</{name}\b[^<>]{{0,99}}>?", re.IGNORECASE) for name in _RAW}
_HIDDEN = "!"
_LINES = frozenset("p div tr li table blockquote h1 h2 h3 h4 h5 h6 hr ul ol pre".split())
_CELLS = frozenset(("td", "th"))
_VOID = frozenset("br hr img input meta link wbr area base col embed source track param !".split())
_PICTURE = re.compile(r"\bsrc\s*=\s*[\"']?\s*(?:cid|data):", re.IGNORECASE)
#: More digits than any character has; Python refuses to read thousands of them, and reads hundreds slowly.
_NO_CHARACTER = re.compile(r"&#(?:[xX][0-9a-fA-F]{7,}|[0-9]{8,});?")
_BLANKS = re.compile(r"[ \t\xa0]+")
_BULLET = "\n• "
_WRAPPED = re.compile(r"\s+")
_ADDRESS = re.compile(r"\bhref\s*=\s*(?:\"\s*(https?://[^\"\s]+)|'\s*(https?://[^'\s]+))", re.IGNORECASE)
_EMPTY_LINES = re.compile(r"\n{3,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_NO_TAG = re.compile(r"<(?![a-zA-Z/!?])")

#: What Frappe's filter, which takes the square of it, reads in less than a second.
MOST_TAGS = 4000
_DEEPEST = 200
_LONGEST_TAG = 4000
#: Lines that are still shown as lines of a paragraph.
_MOST_LINES = 2000


def words_of(html: str, most: int | None = None) -> str:
	"""The words of HTML, line by line. With `most`, no more is read than what has about so many characters.

	>>> words_of("<style>p{}</style><p>No puedo <b>entrar</b><br>desde ayer &amp; hoy</p>")
	'No puedo entrar\\ndesde ayer & hoy'
	"""
	lines = _trimmed(text_of(html, most).splitlines())
	return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def _trimmed(lines: Iterable[str]) -> Iterator[str]:
	return (_BLANKS.sub(" ", line).strip() for line in lines)


def text_of(html: str, most: int | None = None) -> str:
	"""The same with the spaces and empty lines as they were written."""
	kept: list[str] = []
	at = size = 0
	ends_line = True
	for start, end, name in _tags(html):
		if start > at:
			kept.append(html[at:start])
			size += len(kept[-1].strip())
			ends_line = kept[-1][-1] == "\n"
		if most is not None and size > most:
			return unescaped("".join(kept))
		at = end
		kind = name.lstrip("/")
		if kind == "br" or (kind in _LINES and (name[0] == "/" or not ends_line)):
			kept.append("\n")
			ends_line = True
		elif kind in _CELLS:
			kept.append(" ")
	kept.append(html[at:] if most is None else html[at : at + most + 1])
	return unescaped("".join(kept))


def said_in(html: str) -> str:
	"""The words of a formatted message as people read them in plain text: a paragraph is a line however its source is
	wrapped, a list has bullets, a link has its address behind its words.

	>>> said_in('Mira la <a href="https://docs.example.com/a">guía</a>').split(" ")
	['Mira', 'la', 'guía:', 'https://docs.example.com/a']
	"""
	kept: list[str] = []
	at = since = pre = 0
	href = ""
	is_bare = False  # Nothing stands behind the last bullet yet.
	for start, end, name in [*_tags(html), (len(html), len(html), "")]:
		text = html[at:start] if pre else _WRAPPED.sub(" ", html[at:start])
		kept.append(text)
		is_bare = is_bare and not text.strip(" ")
		at, kind = end, name.lstrip("/")
		if name == "a":
			found = _ADDRESS.search(html, start, end)
			href, since = (found[1] or found[2]) if found else "", len(kept)
		elif name == "/a" and href:
			words = "".join(kept[since:]).strip()
			if unescaped(href) not in unescaped(words):
				kept[since:] = [f"{words}: {href} " if words else f"{href} "]
				is_bare = False
			href = ""
		elif name == "li":
			kept.append(_BULLET)
			is_bare = True
		elif kind == "br" or kind in _LINES:
			pre = max(0, pre + (1 if name == "pre" else -1)) if kind == "pre" else pre
			# A paragraph within a bullet is the bullet's own line.
			if not is_bare:
				kept.append("\n")
		elif kind in _CELLS:
			kept.append(" ")
	lines = _trimmed("".join(kept).split("\n"))
	return unescaped("\n".join(line for line in lines if line and line != _BULLET.strip()))


def unescaped(text: str) -> str:
	"""`&amp;` as `&`; a number that is no character as the sign for that."""
	return unescape(_NO_CHARACTER.sub("\ufffd", text)) if "&" in text else text


def has_tags(text: str) -> bool:
	return next(_tags(text), None) is not None


def without_hidden(html: str) -> str:
	"""HTML without what nobody sees: scripts, styles, heads, comments."""
	return rewritten(html, lambda name, _tag: "" if name == _HIDDEN else None)


def without_pictures(html: str) -> str:
	"""HTML without the pictures that it brings along: parts of the mail, or data in the text itself."""
	return rewritten(html, lambda name, tag: "" if name == "img" and _PICTURE.search(tag) else None)


def rewritten(html: str, change: Callable[[str, str], str | None]) -> str:
	"""HTML with `change(name, tag)` in the place of each tag for which that is not None; names as `_tags` gives them."""
	kept, at = [], 0
	for start, end, name in _tags(html):
		changed = change(name, html[start:end])
		if changed is not None:
			kept += [html[at:start], changed]
			at = end
	return "".join(kept) + html[at:]


def of_text(text: str) -> str:
	"""A plain text as HTML, its lines kept."""
	text = escape(text.strip(), quote=False)
	is_long = text.count("\n") > _MOST_LINES
	return f"<pre>{text}</pre>" if is_long else "<p>" + text.replace("\n", "<br>") + "</p>"


def storable(html: str) -> str:
	"""HTML that a site's filter reads in time: as it is, or its words alone where it has more markup than people write.

	>>> storable("<p>3 < 4</p>"), storable("<div>" * 5000 + "No puedo entrar")
	('<p>3 &lt; 4</p>', '<p>No puedo entrar</p>')
	"""
	if "<" not in html and "&" not in html:
		return html
	html = _NO_CHARACTER.sub("\ufffd", _NO_TAG.sub("&lt;", html))
	return of_text(words_of(html)) if _is_heavy(html) else html


def _is_heavy(html: str) -> bool:
	if html.count("<") > MOST_TAGS or html.rfind("<") > html.rfind(">"):
		return True
	depth = 0
	for start, end, name in _tags(html):
		if name[0] == "/":
			depth = max(0, depth - 1)
		elif name not in _VOID:
			depth += 1
		is_long = name != _HIDDEN and end - start > _LONGEST_TAG
		if depth > _DEEPEST or (is_long and len(_QUOTED.sub("", html[start:end])) > _LONGEST_TAG):
			return True
	return False


def _tags(html: str) -> Iterator[tuple[int, int, str]]:
	"""(start, end, name) of each tag: `p`, `/p`; `!` for a comment, a declaration, or an element that nobody sees, whole.

	A `<` that begins none is text. A value in quotes may have `>` in it; one that has `<` is taken for a forgotten quote.
	"""
	at, last = 0, html.rfind(">")
	is_quoting = has_head_end = True
	while found := _OPENING.search(html, at):
		start, name = found.start(), (found[2] or _HIDDEN).lower()
		if found[1]:
			end = html.find("-->", start + 2)
			end = len(html) if end < 0 else end + 3
			yield start, end, _HIDDEN
			at = end
			continue
		if start > last:
			# No tag is closed any more; a comment may still hide the rest.
			at = found.end()
			continue
		end = _end_of_tag(html, start) if is_quoting else -1
		if end < 0:
			is_quoting = False
			end = html.find(">", start) + 1
		if name in _END_OF_RAW:
			closing = _END_OF_RAW[name].search(html, end)
			end, name = closing.end() if closing else len(html), _HIDDEN
		elif name == "head" and has_head_end:
			closing = _END_OF_HEAD.search(html, end)
			has_head_end = closing is not None
			if closing:
				end, name = closing.end(), _HIDDEN
		yield start, end, name
		at = end


def _end_of_tag(html: str, start: int) -> int:
	"""Where a tag ends whose values may be quoted; -1 where that cannot be said."""
	at = start
	while found := _QUOTE_OR_END.search(html, at):
		if not found[1]:
			return found.end()
		at = found.end()
		closing = html.find(found[1], at)
		if closing < 0:
			return -1
		if html.find("<", at, closing) < 0:
			at = closing + 1
	return -1
