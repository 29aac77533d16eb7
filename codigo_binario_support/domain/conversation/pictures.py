"""Pictures inside the HTML of a text: they say no words, and not every one may be shown.

Everything here takes time in proportion to the text, whatever its shape: it is anybody's.
"""

import base64
import binascii
import re
from collections.abc import Callable
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote

#: What stands in a text for a picture that was not kept. It is not the writer's, so no verdict reads it.
NOTE_CLASS = "support-picture-note"
#: Kinds that a browser draws and never runs, by their first bytes.
_KIND = re.compile(
	rb"(?P<png>\x89PNG\r\n\x1a\n)|(?P<jpg>\xff\xd8\xff)|(?P<gif>GIF8[79]a)|(?P<webp>RIFF.{4}WEBP)", re.S
)

# An HTML parser reads `image` as `img`.
_TAG = re.compile(r"<(?:img|image)(?=[\s/>])", re.I)
# The end of a tag, or an attribute of it.
_PIECE = re.compile(r"""[\s/]*(?:(>)|([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?)""")
_NOTE = re.compile(rf'<em class="{NOTE_CLASS}">[^<]*</em>')
_RAW = re.compile(r"data:[\w.+/-]{0,100}(?:;[\w.+/=-]{0,100}){0,5};base64,[A-Za-z0-9+/=%_-]*", re.I)


class Picture(NamedTuple):
	"""A picture that came inside a text. `kind` is its file extension, found in its content and not in what was said."""

	kind: str
	content: bytes


def replaced(html: str, replace: Callable[[str, dict[str, str]], str]) -> str:
	"""The text with `replace(address, sizes)` in the place of each picture. `<img` that begins no tag is plain text
	afterwards, so the pictures that are left are those that `replace` wrote.
	"""
	parts: list[str] = []
	position = 0
	while found := _TAG.search(html, position):
		parts.append(_plain(html[position : found.start()]))
		attributes, end = _attributes(html, found.end())
		if end < 0:
			# A tag without an end: none that follows has one either.
			return "".join(parts) + _plain(html[found.start() :])
		named = ((name, attributes.get(name, "")) for name in ("width", "height"))
		sizes = {name: size for name, size in named if size.isdecimal()}
		parts.append(replace(unescape(attributes.get("src", "")).strip(), sizes))
		position = end
	return "".join(parts) + _plain(html[position:])


def shown(address: str, sizes: dict[str, str]) -> str:
	"""A picture as HTML."""
	attributes = (f'{name}="{escape(value)}"' for name, value in {"src": address, **sizes}.items())
	return f"<img {' '.join(attributes)}>"


def note(text: str, address: str = "") -> str:
	"""What stands for a picture that was not kept: why, and where it is."""
	said = f"{text} {address[:300]}".strip()  # More of a foreign address tells nobody more.
	return f'<em class="{NOTE_CLASS}">[{escape(said)}]</em>'


def without_pictures(html: str) -> str:
	"""A text as somebody reads it: without pictures, with the notes that stand for them."""
	return _RAW.sub("", replaced(html, lambda _address, _sizes: ""))


def words_only(html: str) -> str:
	"""A text as a verdict reads it: the same with a picture, without it, and after it was put away."""
	return _NOTE.sub("", without_pictures(html))


def picture_in(address: str) -> Picture | None:
	"""The picture in a `data:` address; None when it is none of the four kinds, or does not decode."""
	head, _comma, body = address.partition(",")
	if not head.lower().startswith("data:") or ";base64" not in head.lower():
		return None
	text = "".join(unquote(body).split()).rstrip("=")
	try:
		content = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
	except (binascii.Error, ValueError):
		return None
	found = _KIND.match(content)
	return Picture(found.lastgroup or "", content) if found else None


def _attributes(html: str, position: int) -> tuple[dict[str, str], int]:
	"""The attributes of a tag, each as its first says, and the position after the tag, or -1 when it does not end."""
	attributes: dict[str, str] = {}
	while found := _PIECE.match(html, position):
		end, name, *values = found.groups()
		position = found.end()
		if end:
			return attributes, position
		attributes.setdefault(name.lower(), "".join(filter(None, values)))
	return attributes, -1


def _plain(html: str) -> str:
	return re.sub(r"<(?=im(?:g|age))", "&lt;", html, flags=re.I)
