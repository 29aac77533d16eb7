"""Small pictures of the kinds that browsers show, and what pretends to be one."""

from __future__ import annotations

import base64
import io
import os

from PIL import Image

KINDS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP"}
TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


def picture(kind: str = "png", size: int = 0) -> bytes:
	"""A picture that no other test has; with a `size`, of at least so many bytes."""
	content = io.BytesIO()
	Image.frombytes("RGB", (8, 8), os.urandom(192)).save(content, format=KINDS[kind])
	return content.getvalue() + os.urandom(max(0, size - len(content.getvalue())))


def data_address(content: bytes, content_type: str = "image/png") -> str:
	return f"data:{content_type};base64,{base64.b64encode(content).decode()}"


def pasted(*addresses: str, text: str = "Nadie puede entrar al sistema desde las 8, marca error 502") -> str:
	"""The text as the desk's editor sends it."""
	images = "".join(f'<p><img src="{address}"></p>' for address in addresses)
	return f'<div class="ql-editor read-mode"><p>{text}</p>{images}</div>'
