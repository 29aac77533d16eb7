"""Charts as SVG text, drawn on the server: a page that is printed runs no script.

Plain rectangles and text with sizes of their own, as old print engines understand them. What is red or grey differs in
shape too: not everybody prints in colour.
"""

from collections.abc import Sequence
from html import escape

GREEN, RED, GREY, BLUE, ORANGE = "#2f7d4f", "#c0392b", "#b8bec6", "#33658a", "#d68910"
#: Of a chart in a page's text column, in CSS pixels.
WIDTH = 740
_INK, _FAINT = "#2b2f33", "#6b7178"
_FONT = "font-family=\"Arial, 'DejaVu Sans', sans-serif\""


def strip(cells: Sequence[tuple[str, str]], width: int = WIDTH) -> str:
	"""One cell a day: (label, colour). Green is full, red has a cross, orange a line, grey is hollow."""
	step = width / max(len(cells), 1)
	parts = []
	for number, (label, color) in enumerate(cells):
		x, side = number * step + 1, step - 3
		fill = "#ffffff" if color == GREY else color
		parts.append(
			f'<rect x="{x:.1f}" y="1" width="{side:.1f}" height="20" fill="{fill}" stroke="{color}" stroke-width="1"/>'
		)
		line = f"M{x + 3:.1f} 18 L{x + side - 3:.1f} 4"
		if color == RED:
			line += f" M{x + 3:.1f} 4 L{x + side - 3:.1f} 18"
		if color in (RED, ORANGE):
			parts.append(f'<path d="{line}" stroke="#ffffff" stroke-width="2"/>')
		parts.append(_text(x + side / 2, 33, label, 9, "middle", _FAINT))
	return _svg(width, 38, parts)


def budget(used: float, limit: float, used_label: str, limit_label: str, width: int = WIDTH) -> str:
	"""A bar of what was used, and a line where the limit is."""
	whole = max(used, limit) * 1.12 or 1
	bar, line = width * used / whole, width * limit / whole
	anchor = "end" if line > width * 0.6 else "start"
	return _svg(
		width,
		46,
		[
			f'<rect x="0" y="6" width="{width}" height="18" fill="#eef0f2"/>',
			f'<rect x="0" y="6" width="{bar:.1f}" height="18" fill="{RED if used > limit else GREEN}"/>',
			f'<path d="M{line:.1f} 1 L{line:.1f} 29" stroke="{_INK}" stroke-width="2"/>',
			_text(0, 42, used_label, 10, "start", _INK),
			_text(line if anchor == "start" else line - 2, 42, limit_label, 10, anchor, _FAINT)
			if line > width * 0.45
			else _text(width, 42, limit_label, 10, "end", _FAINT),
		],
	)


def bars(rows: Sequence[tuple[str, int, str]], width: int = WIDTH, label_width: int = 260) -> str:
	"""Horizontal bars: (label, value, colour), the value at the end of each."""
	most = max((value for _label, value, _color in rows), default=0) or 1
	room = width - label_width - 50
	parts = []
	for number, (label, value, color) in enumerate(rows):
		y = number * 20
		length = room * value / most
		parts += [
			_text(label_width - 8, y + 13, _short(label, 44), 10, "end", _INK),
			f'<rect x="{label_width}" y="{y + 3}" width="{max(length, 1):.1f}" height="13" fill="{color}"/>',
			_text(label_width + length + 6, y + 13, str(value), 10, "start", _INK),
		]
	return _svg(width, 20 * len(rows) + 2, parts)


def columns(rows: Sequence[tuple[str, int]], width: int = WIDTH, height: int = 96) -> str:
	"""Upright columns: (label, value), the value above each."""
	most = max((value for _label, value in rows), default=0) or 1
	step = width / max(len(rows), 1)
	parts = [f'<path d="M0 {height + 16} L{width} {height + 16}" stroke="{GREY}" stroke-width="1"/>']
	for number, (label, value) in enumerate(rows):
		x, tall = number * step, height * value / most
		parts += [
			f'<rect x="{x + step * 0.2:.1f}" y="{height + 16 - tall:.1f}" width="{step * 0.6:.1f}"'
			f' height="{tall:.1f}" fill="{BLUE}"/>',
			_text(x + step / 2, height + 11 - tall, str(value), 10, "middle", _INK),
			_text(x + step / 2, height + 30, label, 10, "middle", _FAINT),
		]
	return _svg(width, height + 36, parts)


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
		f' viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'
	)


def _text(x: float, y: float, text: str, size: int, anchor: str, color: str) -> str:
	return (
		f'<text x="{x:.1f}" y="{y:.1f}" {_FONT} font-size="{size}" text-anchor="{anchor}"'
		f' fill="{color}">{escape(text)}</text>'
	)


def _short(text: str, length: int) -> str:
	return text if len(text) <= length else text[: length - 1].rstrip() + "…"
