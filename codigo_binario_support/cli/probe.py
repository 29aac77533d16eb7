"""`probe`: look at a service every minute, keep what was seen, and deliver it signed."""

import json
import os
import re
import socket
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from ..domain.availability import samples
from ..domain.availability.samples import BATCH, Sample, is_probe_name, sign, sign_text
from .files import NotFound, unreadable
from .language import Language
from .look import Look, Target, look, target_of
from .shell import FAILED, OK
from .spool import Spool

HEADER = "X-Support-Probe"
DELIVER_PATH = "/api/method/codigo_binario_support.api.availability.deliver"
TRIES, PAUSE_SECONDS, TRY_SECONDS = 3, 5.0, 10.0
KEY_CHARACTERS = 32
_DELIVERY_SECONDS = 10.0


class Undelivered(Exception):
	"""The site did not take a delivery; the text is for people, in the user's language."""


@dataclass(frozen=True, slots=True)
class Probe:
	"""What a probe needs to know."""

	name: str
	key: str
	target: Target
	site: str
	interval_seconds: int


def run(lang: Language, is_once: bool, spool_path: str | None, **call: Any) -> int:
	"""`call` is what `_probe` takes. Exit code with --once: 0 up and delivered, 1 down or not delivered yet. Without, it
	runs until it is stopped."""
	probe = _probe(lang, **call)
	with Spool.open(Path(spool_path) if spool_path else _default_folder(probe.name), probe.name) as spool:
		if is_once:
			return _once(lang, probe, spool)
		while True:
			_wait(lang, probe, spool)
			begins = _slot(probe)
			_store(lang, probe, spool, begins)
			_deliver_all(lang, probe, spool, begins + probe.interval_seconds * 0.95)


def _address(url: str, expect: str = "") -> Target:
	found = target_of(url, expect)
	if found is None:
		raise NotFound("{url} is no address: write it with https:// or http://.", url=url)
	return found


def _probe(
	lang: Language, url: str, site: str, key_path: str, name: str | None, interval_seconds: int, expect: str
) -> Probe:
	"""Raises `NotFound` for whatever of the call cannot be."""
	target = _address(url, expect)
	_address(site)
	most = samples.LONGEST_INTERVAL_SECONDS
	if not 1 <= interval_seconds <= most:
		message = "The interval is {seconds} seconds: give 1 to {most}."
		raise NotFound(message, seconds=interval_seconds, most=most)
	host = socket.gethostname().split(".")[0].lower()
	name = name or re.sub(r"[^a-z0-9]+", "-", host).strip("-")[:40].strip("-")
	if not is_probe_name(name):
		message = "{name} is no name of a probe: use small letters, digits and dashes, at most 40."
		raise NotFound(message, name=name)
	return Probe(name, _key(lang, key_path), target, site.rstrip("/"), interval_seconds)


def _key(lang: Language, path: str) -> str:
	try:
		key = Path(path).read_text(encoding="utf-8").strip()
		is_open = os.stat(path).st_mode & 0o077
	except UnicodeDecodeError:
		key = ""
	except OSError as error:
		raise unreadable(path, error) from error
	if len(key) < KEY_CHARACTERS or len(key.split()) != 1:
		raise NotFound("{path} holds no key: the site prints it with bench support probe-key.", path=path)
	if is_open:
		_warn(lang.t("Note: others can read {path}. Make it yours alone: chmod 600 {path}"), path=path)
	return key


def _default_folder(name: str) -> Path:
	state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
	return Path(state) / "codigo-binario-support" / f"probe-{name}"


def _once(lang: Language, probe: Probe, spool: Spool) -> int:
	begins, is_up = _slot(probe), True
	if begins <= spool.last_begins:
		_warn(lang.t("This interval has its sample already."))
	else:
		is_up = _store(lang, probe, spool, begins)
	is_delivered = _deliver_all(lang, probe, spool, time.time() + _DELIVERY_SECONDS * 2)
	return OK if is_up and is_delivered else FAILED


def _slot(probe: Probe) -> int:
	now = int(time.time())
	return now - now % probe.interval_seconds


def _wait(lang: Language, probe: Probe, spool: Spool) -> None:
	"""Until an interval begins that has no sample yet."""
	is_said = False
	while (left := spool.last_begins + probe.interval_seconds - time.time()) > 0:
		if left > 2 * probe.interval_seconds and not is_said:
			text = lang.t("The clock of this host went back: the next sample is taken in {seconds} seconds.")
			_warn(text, seconds=lang.number(int(left)))
			is_said = True
		time.sleep(min(left, probe.interval_seconds))


def _store(lang: Language, probe: Probe, spool: Spool, begins: int) -> bool:
	sample = take_sample(probe, begins, spool.last_link)
	try:
		given_up = spool.add(sample)
	except sqlite3.Error as error:
		spool.lose()
		_warn(lang.t("The sample could not be kept: {reason}."), reason=error)
		return sample.is_up
	if given_up:
		text = lang.t("The spool is full: the oldest {count} samples were given up.")
		_warn(text, count=lang.number(given_up))
	click.echo(_line(lang, sample))
	return sample.is_up


def take_sample(
	probe: Probe,
	begins: int,
	previous: str,
	see: Callable[[Target, float], Look] = look,
	sleep: Callable[[float], None] = time.sleep,
) -> Sample:
	"""One sample, signed. A minute is called down only after a few tries, seconds apart, inside the interval."""
	budget = probe.interval_seconds * 0.8
	pause = min(PAUSE_SECONDS, budget / 8)
	timeout = min(TRY_SECONDS, (budget - (TRIES - 1) * pause) / TRIES)
	target = _greeting(probe)
	for tries in range(1, TRIES + 1):
		seen = see(target, timeout)
		if not seen.failure or tries == TRIES:
			break
		sleep(pause)
	said = seen.failure, seen.http_status, seen.latency_ms, seen.certificate_days, tries, seen.detail
	made = Sample(probe.name, begins, probe.interval_seconds, not seen.failure, *said, previous)
	return sign(probe.key, made)


def _greeting(probe: Probe) -> Target:
	"""The site's health address tells a probe which check failed; a stranger's address is told nothing of the key."""
	if not probe.target.is_health:
		return probe.target
	at = int(time.time())
	signature = sign_text(probe.key, samples.greeting(probe.name, at))
	return replace(probe.target, headers={HEADER: f"{probe.name} {at} {signature}"})


def _line(lang: Language, sample: Sample) -> str:
	at = datetime.fromtimestamp(sample.begins, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
	if sample.is_up:
		parts = [click.style(lang.t("up"), fg="green"), f"{lang.number(sample.latency_ms)} ms"]
	else:
		why = f"{lang.t(samples.FAILURE_LABELS[sample.failure])} {sample.http_status or ''} {sample.detail}"
		parts = [click.style(lang.t("down"), fg="red"), why.strip()]
	if sample.tries > 1:
		parts.append(lang.t("{count} tries").format(count=sample.tries))
	if sample.certificate_days >= 0:
		parts.append(lang.t("certificate: {days} days").format(days=lang.number(sample.certificate_days)))
	return f"{at} {' · '.join(parts)}"


def _deliver_all(lang: Language, probe: Probe, spool: Spool, deadline: float) -> bool:
	"""Deliver what waits, the oldest first, while there is time; whether nothing waits any more."""
	while True:
		waiting, until, is_more = spool.waiting(BATCH)
		if not waiting:
			return True
		left = deadline - time.time()
		if left < 0.2:
			return False
		try:
			answer = deliver(lang, probe, waiting, spool.lost, is_more, min(left, _DELIVERY_SECONDS))
		except Undelivered as error:
			text = lang.t("{count} samples wait for the site: {reason}")
			_warn(text, count=lang.number(len(waiting)), reason=error)
			return False
		# Only what somebody should look at.
		if refused := answer.get("refused"):
			_warn(lang.t("The site refused {count} samples: see the probe there."), count=refused)
		if flagged := answer.get("flagged"):
			text = lang.t("{count} samples are no proof: the clock of this host is {seconds} seconds off.")
			_warn(text, count=flagged, seconds=answer.get("skew_seconds"))
		try:
			spool.delivered(until)
		except sqlite3.Error as error:
			# They are delivered once more: the site counts what it has already.
			_warn(lang.t("{path} cannot be written: {reason}."), path=spool.path, reason=error)
			return False


def deliver(
	lang: Language, probe: Probe, waiting: list[Any], lost: int, is_more: bool, timeout_seconds: float
) -> dict[str, Any]:
	"""Send one batch; returns the site's counts. Raises `Undelivered`."""
	content = {"sent_at": int(time.time()), "lost": lost, "more": int(is_more), "samples": waiting}
	batch = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
	body = {"probe": probe.name, "batch": batch, "signature": sign_text(probe.key, batch)}
	headers = {"Content-Type": "application/json", "Accept": "application/json"}
	request = urllib.request.Request(probe.site + DELIVER_PATH, json.dumps(body).encode(), headers)
	try:
		with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:
			counts = json.loads(answer.read())["message"]
			return counts if isinstance(counts, dict) else {}
	except urllib.error.HTTPError as error:
		raise Undelivered(_refusal(lang, probe, error.code)) from error
	except OSError as error:
		reason = error.reason if isinstance(error, urllib.error.URLError) else error
		raise Undelivered(getattr(reason, "strerror", None) or str(reason)) from error
	except (ValueError, KeyError, TypeError) as error:
		raise Undelivered(lang.t("that is no site with this app")) from error


def _refusal(lang: Language, probe: Probe, status: int) -> str:
	if status == 403:
		text = lang.t("it refuses {name}: is that its name there, is it enabled, and is the key the same?")
		return text.format(name=probe.name)
	if status == 404:
		return lang.t("that is no site with this app")
	if status == 429:
		return lang.t("too many deliveries from this host; they go on by themselves")
	return f"HTTP {status}"


def _warn(text: str, **values: Any) -> None:
	click.echo(text.format(**values), err=True)
