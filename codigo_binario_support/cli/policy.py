"""`policy show` and `policy check`."""

from collections.abc import Iterator
from typing import Any

import click

from ..domain.policy.policy import SIDES, Commitment, Policy, words
from ..domain.policy.policy import check as problems_of
from ..domain.time.windows import WEEKDAYS
from .files import load_policy, policy_data
from .language import Language
from .shell import FAILED, OK


def show(lang: Language, path: str | None) -> int:
	policy = load_policy(path)
	click.echo("\n".join(_terms(lang, policy)))
	return OK


def check(lang: Language, path: str) -> int:
	problems = problems_of(policy_data(path))
	for problem in problems:
		click.echo(f"{problem.where}: {lang.error(problem)}")
	if not problems:
		click.echo(lang.t("The policy is correct."))
		return OK
	message = lang.t("{count} mistakes. Mend them and check again.")
	click.echo(message.format(count=lang.number(len(problems))), err=True)
	return FAILED


def _terms(lang: Language, policy: Policy) -> Iterator[str]:
	t = lang.t
	yield click.style(policy.name, bold=True)
	version = t("Version {version}, zone {zone}, fingerprint {hash}")
	yield version.format(version=policy.version, zone=policy.time_zone, hash=policy.hash[:12])
	yield from _section(t("Promises"))
	for row in policy.commitments:
		yield f"  {row.kind:<15} {_target(lang, row)} · {row.window}"
		yield f"  {'':<15} {words(row.text, lang.code)}"
	titles = {"included": t("Included"), "excluded": t("Not included: a Success Pack is recommended")}
	for side in SIDES:
		yield from _section(titles[side])
		for clause in policy.clauses.values():
			if clause.side == side:
				pack = f" [{clause.pack}]" if clause.pack else ""
				yield f"  {clause.code:<20} {words(clause.text, lang.code)}{pack}"
	yield from _section(t("Windows"))
	for row in policy.data["windows"]:
		yield f"  {row['name']}: {_hours(lang, row)}"
	if policy.packs:
		yield from _section("Success Packs")
		for sold in policy.packs.values():
			priced = lang.money(sold.amount, sold.currency) if sold.amount is not None else t("no price yet")
			yield f"  {sold.code:<8} {words(sold.label, lang.code)}: {lang.hours(sold.hours)}, {priced}"


def _section(title: str) -> Iterator[str]:
	yield ""
	yield click.style(title, bold=True)


def _target(lang: Language, row: Commitment) -> str:
	if row.target_seconds is not None:
		return lang.duration(row.target_seconds)
	if row.target_percent is not None:
		return f"{row.target_percent:g} %"
	return lang.t("hours of attention") if row.kind == "support_hours" else lang.t("no time promised")


def _hours(lang: Language, row: dict[str, Any]) -> str:
	t = lang.t
	if row.get("always_open"):
		return t("always open")
	days, hours = lang.weekdays(), []
	for day, spans in (row.get("weekly") or {}).items():
		if spans:
			open_hours = ", ".join(f"{opens}-{closes}" for opens, closes in spans)
			hours.append(f"{days[WEEKDAYS.index(day)]} {open_hours}")
	text = "; ".join(hours)
	if row.get("holiday_country"):
		text += t("; closed on the statutory holidays of {country}").format(country=row["holiday_country"])
	elif row.get("holidays"):
		text += t("; closed on {count} holidays").format(count=lang.number(len(row["holidays"])))
	return text
