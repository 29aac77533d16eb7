"""Charts as SVG text, drawn on the server: a page that is printed runs no script.

Plain rectangles and text with sizes of their own, as old print engines understand them. What is red or grey differs in
shape too: not everybody prints in colour.
"""

from collections.abc import Sequence
from html import escape

GREEN, RED, GREY, BLUE, ORANGE = "#2f7d4f", "#c0392b", "#b8bec6", "#33658a", "#d68910"
#: Of a chart in a page's text column, in CSS pixels.
WIDTH = 740
_LABEL_WIDTH, _COLUMN_HEIGHT = 260, 96
_INK, _FAINT = "#2b2f33", "#6b7178"
_FONT = "font-family=\"Arial, 'DejaVu Sans', sans-serif\""


def strip(cells: Sequence[tuple[str, str]]) -> str:
	"""One cell a day: (label, colour). Green is full, red has a cross, orange a line, grey is hollow."""
	step = WIDTH / max(len(cells), 1)
	parts = []
	for number, (label, color) in enumerate(cells):
		x, side = number * step + 1, step - 3
		parts.append(_rect(x, 1, side, 20, "#ffffff" if color == GREY else color, color))
		if color in (RED, ORANGE):
			parts.append(_line(f"M{x + 3:.1f} 18 L{x + side - 3:.1f} 4", "#ffffff"))
		if color == RED:
			parts.append(_line(f"M{x + 3:.1f} 4 L{x + side - 3:.1f} 18", "#ffffff"))
		parts.append(_text(x + side / 2, 33, label, 9, "middle", _FAINT))
	return _svg(38, parts)


def budget(used: float, limit: float, used_label: str, limit_label: str) -> str:
	"""A bar of what was used, and a line where the limit is."""
	whole = max(used, limit) * 1.12 or 1
	bar, line = WIDTH * used / whole, WIDTH * limit / whole
	x, anchor = (line - 2, "end") if line > WIDTH * 0.6 else (WIDTH, "end")
	if WIDTH * 0.45 < line <= WIDTH * 0.6:
		x, anchor = line, "start"
	parts = [
		_rect(0, 6, WIDTH, 18, "#eef0f2"),
		_rect(0, 6, bar, 18, RED if used > limit else GREEN),
		_line(f"M{line:.1f} 1 L{line:.1f} 29", _INK),
		_text(0, 42, used_label, 10, "start", _INK),
		_text(x, 42, limit_label, 10, anchor, _FAINT),
	]
	return _svg(46, parts)


def bars(rows: Sequence[tuple[str, int, str]]) -> str:
	"""Horizontal bars: (label, value, colour), the value at the end of each."""
	most = max((value for _label, value, _color in rows), default=0) or 1
	parts = []
	for number, (label, value, color) in enumerate(rows):
		y, shown = number * 20, label if len(label) <= 44 else f"{label[:43].rstrip()}…"
		length = (WIDTH - _LABEL_WIDTH - 50) * value / most
		parts += [
			_text(_LABEL_WIDTH - 8, y + 13, shown, 10, "end", _INK),
			_rect(_LABEL_WIDTH, y + 3, max(length, 1), 13, color),
			_text(_LABEL_WIDTH + length + 6, y + 13, str(value), 10, "start", _INK),
		]
	return _svg(20 * len(rows) + 2, parts)


def columns(rows: Sequence[tuple[str, int]]) -> str:
	"""Upright columns: (label, value), the value above each."""
	most = max((value for _label, value in rows), default=0) or 1
	step, floor = WIDTH / max(len(rows), 1), _COLUMN_HEIGHT + 16
	parts = [_line(f"M0 {floor} L{WIDTH} {floor}", GREY, 1)]
	for number, (label, value) in enumerate(rows):
		x, tall = number * step, _COLUMN_HEIGHT * value / most
		parts += [
			_rect(x + step * 0.2, floor - tall, step * 0.6, tall, BLUE),
			_text(x + step / 2, floor - 5 - tall, str(value), 10, "middle", _INK),
			_text(x + step / 2, floor + 14, label, 10, "middle", _FAINT),
		]
	return _svg(floor + 20, parts)


def _svg(height: int, parts: Sequence[str]) -> str:
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
		f' viewBox="0 0 {WIDTH} {height}">{"".join(parts)}</svg>'
	)


def _rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
	return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" stroke="{stroke}"/>'


def _line(path: str, color: str, width: int = 2) -> str:
	return f'<path d="{path}" stroke="{color}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, size: int, anchor: str, color: str) -> str:
	return (
		f'<text x="{x:.1f}" y="{y:.1f}" {_FONT} font-size="{size}" text-anchor="{anchor}"'
		f' fill="{color}">{escape(text)}</text>'
	)
