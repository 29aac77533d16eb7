"""Draws docs/images/house.svg: the layers of the package and the subjects in each, as they lie on the disk.

python docs/house.py
"""

from __future__ import annotations

from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "codigo_binario_support"
PICTURE = ROOT / "docs" / "images" / "house.svg"

#: From the top down: who may import whom. Layers of one row do not import each other.
LAYERS = (
	(("doors", ("api", "jobs", "cli", "setup", "commands", "www", "codigo_binario_support")),),
	(("flow", ()), ("operations", ())),
	(("adapters", ()),),
	(("domain", ()),),
)
SAYS = {
	"doors": "who asks: whitelisted functions, the scheduler, a terminal, the installer, documents. Jobs commit",
	"flow": "what happens to a request",
	"operations": "what happens without one",
	"adapters": "the only way between a Document and a value",
	"domain": "the rules: values in, values out; no Frappe, no files, no clock",
}
_WIDTH, _BOX, _GAP, _HEAD = 1160, 30, 8, 52
_STYLE = """text{font:14px system-ui,sans-serif;fill:#1f272e}.n{font-weight:600;font-size:16px}.s{fill:#52606d}
.l{fill:#f4f5f6;stroke:#c0c6cc}.r{fill:#fff;stroke:#98a1a9}@media(prefers-color-scheme:dark){text{fill:#e6e9ec}
.s{fill:#aeb7c0}.l{fill:#232b32;stroke:#46525c}.r{fill:#1a2127;stroke:#5d6974}}"""


def rooms(layer: str, named: tuple[str, ...]) -> list[str]:
	"""The folders of a layer that hold code."""
	if named:
		return [name for name in named if (PACKAGE / name).exists()]
	return sorted(
		path.name for path in (PACKAGE / layer).iterdir() if path.is_dir() and any(path.glob("*.py"))
	)


def drawn() -> str:
	parts, y = [], 10
	for row in LAYERS:
		width = (_WIDTH - 20 - 10 * (len(row) - 1)) // len(row)
		height, boxes = 0, []
		for at, (layer, named) in enumerate(row):
			x = 10 + at * (width + 10)
			placed, line, left = [], 0, x + 10
			for name in rooms(layer, named):
				wide = 24 + 17 * len(name) // 2
				if left + wide > x + width - 10:
					line, left = line + 1, x + 10
				placed.append((left, line, wide, name))
				left += wide + _GAP
			height = max(height, _HEAD + (line + 1) * (_BOX + _GAP) + 4)
			boxes.append((x, layer, placed))
		for x, layer, placed in boxes:
			parts.append(f'<rect class="l" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>')
			parts.append(f'<text class="n" x="{x + 12}" y="{y + 22}">{layer}</text>')
			parts.append(f'<text class="s" x="{x + 12}" y="{y + 41}">{escape(SAYS[layer])}</text>')
			for left, line, wide, name in placed:
				top = y + _HEAD + line * (_BOX + _GAP)
				parts.append(f'<rect class="r" x="{left}" y="{top}" width="{wide}" height="{_BOX}" rx="4"/>')
				parts.append(f'<text x="{left + 10}" y="{top + 20}">{escape(name)}</text>')
		y += height
		if row is not LAYERS[-1]:
			parts.append(
				f'<path d="M{_WIDTH // 2} {y + 3}v12m-5-6 5 6 5-6" fill="none" stroke="#98a1a9" stroke-width="2"/>'
			)
			y += 20
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 10}" role="img" aria-labelledby="t d">'
		'<title id="t">The house</title><desc id="d">Four layers, each of which imports only those below it, and the '
		f"subjects in each.</desc><style>{_STYLE}</style>" + "".join(parts) + "</svg>\n"
	)


if __name__ == "__main__":
	PICTURE.write_text(drawn(), encoding="utf-8")
