"""`make triage-report`: one self-contained page with the figures and the pictures.

Everything but the held part is judged by models that saw no record of its author (weights, calibration excepted, which
has nine numbers); the held part was written apart and is judged by the shipped model.
"""

from __future__ import annotations

import html
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from codigo_binario_support.domain.triage.linear_model import UNCLEAR, unpack
from codigo_binario_support.domain.triage.verdict import Triage
from codigo_binario_support.shipped import phrases

from .alternatives import learning_curve, table
from .corpus import HELD, ROOT, read
from .fit import out_of_author, to_bytes
from .learn import CLASSES, Settings, extract
from .measure import answers, figures

PAGE = ROOT / "build" / "triage-report.html"
_TARGETS = {
	"clause": 0.85,
	"side": 0.92,
	"automatic": 0.75,
	"excluded_right": 0.97,
	"unclear_reviewed": 0.8,
	"severity": 0.8,
}
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b2430;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .6rem;border-bottom:1px solid #d8dee6;text-align:right}
td:first-child,th:first-child{text-align:left}svg{max-width:100%}.m td,.m th{padding:.15rem .3rem;font-size:12px}
th.up{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left}.no{color:#a3261d}"""


def triaged_out_of_author(
	rows: list[dict[str, Any]], blocks: list[dict]
) -> tuple[list[Triage], dict[str, Any]]:
	found = out_of_author(blocks, rows, Settings())
	calibration = found.calibration(rows)
	triaged: list[Triage | None] = [None] * len(rows)
	for author, weights in found.weights.items():
		model = unpack(to_bytes(weights, [], [], calibration, {}), phrases())
		unseen = [i for i, row in enumerate(rows) if row["w"] == author]
		for i, triage in zip(unseen, answers([rows[i] for i in unseen], model), strict=True):
			triaged[i] = triage
	return triaged, calibration


def figures_table(columns: dict[str, dict[str, float]]) -> str:
	names = list(next(iter(columns.values())))
	head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
	body = []
	for name in names:
		cells = []
		for column in columns.values():
			value = column[name]
			missed = name in _TARGETS and value < _TARGETS[name]
			shown = f"{value:.0f}" if name in ("requests", "outages_excluded") else f"{value:.1%}"
			cells.append(f'<td class="{"no" if missed else ""}">{shown}</td>')
		target = f"{_TARGETS[name]:.0%}" if name in _TARGETS else ("0" if name == "outages_excluded" else "")
		body.append(f"<tr><td>{name}</td>{''.join(cells)}<td>{target}</td></tr>")
	return f"<table><tr><th>figure</th>{head}<th>target</th></tr>{''.join(body)}</table>"


def confusion_table(rows: list[dict[str, Any]], triaged: list[Triage]) -> str:
	counts = np.zeros((len(CLASSES), len(CLASSES)), int)
	for row, triage in zip(rows, triaged, strict=True):
		true, said = row["c"] or UNCLEAR, triage.clause or UNCLEAR
		counts[CLASSES.index(said if said == row.get("c2") else true), CLASSES.index(said)] += 1
	head = "".join(f'<th class="up">{name}</th>' for name in CLASSES)
	body = []
	for name, row in zip(CLASSES, counts, strict=True):
		cells = []
		for said, count in zip(CLASSES, row, strict=True):
			share = count / max(1, row.sum())
			colour = f"rgba({'40,110,60' if said == name else '170,40,30'},{min(0.85, share * (0.8 if said == name else 6)):.2f})"
			cells.append(f'<td style="background:{colour if count else "none"}">{count or ""}</td>')
		body.append(f"<tr><th>{name}</th>{''.join(cells)}</tr>")
	return f'<table class="m"><tr><th>labelled / said</th>{head}</tr>{"".join(body)}</table>'


def chart(
	title: str, series: dict[str, list[tuple[float, float]]], x_label: str, low: float, high_x: float
) -> str:
	"""Lines over a frame; y from `low` to 1."""
	width, height, left, bottom = 520, 300, 56, 44
	colours = ("#1f5fa8", "#2c7a3f", "#8a8f98")

	def at(x: float, y: float) -> str:
		return f"{left + x / high_x * (width - left - 20):.1f},{height - bottom - (y - low) / (1 - low) * (height - bottom - 28):.1f}"

	parts = [f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{title}">']
	parts.append(f'<text x="{left}" y="16" font-size="13">{title}</text>')
	for step in range(6):
		y = low + (1 - low) * step / 5
		a, b = at(0, y), at(high_x, y)
		parts.append(f'<polyline points="{a} {b}" stroke="#e3e7ec"/>')
		parts.append(f'<text x="4" y="{float(a.split(",")[1]) + 4:.1f}" font-size="11">{y:.0%}</text>')
		x = high_x * step / 5
		shown = f"{x:.0%}" if high_x == 1 else f"{x:.0f}"
		parts.append(
			f'<text x="{at(x, low).split(",")[0]}" y="{height - 26}" font-size="11" text-anchor="middle">{shown}</text>'
		)
	for (name, points), colour in zip(series.items(), colours, strict=False):
		line = " ".join(at(x, max(low, y)) for x, y in points)
		parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
		parts += [
			f'<circle cx="{at(x, max(low, y)).split(",")[0]}" cy="{at(x, max(low, y)).split(",")[1]}" r="3" fill="{colour}"/>'
			for x, y in points
		]
		i = list(series).index(name)
		parts.append(
			f'<text x="{left + i * 150}" y="{height - 6}" font-size="11" fill="{colour}">{name}</text>'
		)
	parts.append(
		f'<text x="{width - 12}" y="{height - 6}" font-size="11" text-anchor="end">{x_label}</text></svg>'
	)
	return "".join(parts)


def reliability_points(rows: list[dict[str, Any]], triaged: list[Triage]) -> list[tuple[float, float]]:
	said = np.array([t.confidence for t in triaged])
	right = np.array(
		[
			t.clause == row["c"] or (t.clause or "") == row.get("c2")
			for row, t in zip(rows, triaged, strict=True)
		]
	)
	points = []
	for low, high in zip(
		(0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96), (0.5, 0.6, 0.7, 0.8, 0.9, 0.96, 1.01), strict=True
	):
		inside = (said >= low) & (said < high)
		if inside.sum() >= 8:
			points.append((float(said[inside].mean()), float(right[inside].mean())))
	return points


def page() -> tuple[str, dict[str, Any]]:
	rows = read()
	blocks = extract(rows)
	triaged, _ = triaged_out_of_author(rows, blocks)
	columns = {"author left out": figures(rows, triaged)}
	for author in sorted({row["w"] for row in rows}):
		mine = [i for i, row in enumerate(rows) if row["w"] == author]
		columns[author] = figures([rows[i] for i in mine], [triaged[i] for i in mine])
	held = read(HELD) if HELD.exists() else []
	held_triaged = answers(held)
	if held:
		columns["held part"] = figures(held, held_triaged)
	ways = table(blocks, rows)
	curve = learning_curve(blocks, rows)
	lines = {"author left out": reliability_points(rows, triaged)}
	if held:
		lines["held part"] = reliability_points(held, held_triaged)
	lines["exact"] = [(0.3, 0.3), (1, 1)]
	alternatives = "".join(
		f"<tr><td>{name}</td><td>{right:.1%}</td><td>{sided:.1%}</td><td>{seconds:.0f}</td></tr>"
		for name, right, sided, seconds in ways
	)
	text = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Triage report</title><style>{_STYLE}</style>
<h1>Triage report</h1><p>{len(rows)} records by {len({r["w"] for r in rows})} authors; {len(held)} in the held part, which is never fitted on.</p>
<h2>Figures</h2>{figures_table(columns)}
<h2>Learning curve</h2>{chart("Right on authors left out", {"clause": [(n, r) for n, r, _ in curve], "side": [(n, s) for n, _, s in curve]}, "records fitted on", 0.5, max(n for n, _, _ in curve))}
<h2>Reliability</h2>{chart("Stated confidence and measured share", lines, "confidence", 0.0, 1)}
<h2>Confusion (author left out; a second clause counts as right)</h2>{confusion_table(rows, triaged)}
<h2>Alternatives (author left out)</h2><table><tr><th>way</th><th>clause</th><th>side</th><th>seconds to fit and judge</th></tr>{alternatives}</table>
</html>"""
	return text, {"figures": columns, "alternatives": ways, "learning_curve": curve}


def main() -> int:
	text, data = page()
	PAGE.parent.mkdir(exist_ok=True)
	PAGE.write_text(text, encoding="utf-8")
	Path(PAGE.with_suffix(".json")).write_text(json.dumps(data, indent=1), encoding="utf-8")
	for name, right, sided, seconds in data["alternatives"]:
		print(f"{name:32} clause {right:.1%}  side {sided:.1%}  {seconds:.0f} s")
	print("learning curve", [(n, round(r, 3), round(s, 3)) for n, r, s in data["learning_curve"]])
	print(f"Written: {PAGE}")
	return 0


if __name__ == "__main__":
	sys.exit(main())
