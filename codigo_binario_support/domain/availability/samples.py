"""Samples of a service: what a probe saw in one interval, signed, and the time that samples prove.

A sample speaks for its interval (a minute, as a rule), which begins at a multiple of it: a minute without a sample is
unknown. It is signed with the probe's own key (HMAC-SHA256 over one canonical text), and the signature covers a link to the
probe's sample before it, so that one that was taken out shows. A time is down only if every probe that reported on it says
down: one that saw the service up has reached it, so the time counts as up and is noted as partial.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import SupportError
from ..time.intervals import Span, difference, intersection, union

FORMAT = "sample/1"
#: What a probe can see fail, in the order in which a connection is made.
FAILURES = DNS, CONNECT, TLS, TIMEOUT, HTTP, CONTENT = ("dns", "connect", "tls", "timeout", "http", "content")
#: As people read them.
FAILURE_LABELS = {
	DNS: "The name is not found",
	CONNECT: "No connection",
	TLS: "No secure connection",
	TIMEOUT: "No answer in time",
	HTTP: "HTTP error",
	CONTENT: "Wrong content",
}

#: How far the clocks of probe and site may be apart before a delivery proves nothing.
SKEW_SECONDS = 60
#: The most samples of one delivery, and the longest text of one.
BATCH, BATCH_CHARACTERS = 500, 400_000
LONGEST_INTERVAL_SECONDS = 3600
DETAIL_CHARACTERS = 140

#: What a site notices of itself.
HEARTBEATS = WEB, BACKGROUND, CERTIFICATE = "Web", "Background", "Certificate"
#: Why a sample that was kept proves nothing.
FLAGS = SKEWED, FUTURE = "Clock skew", "From the future"

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LINK = re.compile(r"(?:[0-9a-f]{16})?")
_HEX = re.compile(r"[0-9a-f]{64}")

#: What is sent of a sample, in the order in which it is signed: its field, its name, and the least and the most of a
#: number, or None and the most characters of a text.
_SENT = (
	("begins", "begins", 0, 2**33),
	("interval_seconds", "interval", 1, LONGEST_INTERVAL_SECONDS),
	("is_up", "up", 0, 1),
	("failure", "failure", None, 20),
	("http_status", "status", 0, 999),
	("latency_ms", "ms", 0, 10**7),
	("certificate_days", "days", -(10**5), 10**5),
	("tries", "tries", 1, 100),
	("detail", "detail", None, DETAIL_CHARACTERS),
	("previous", "previous", None, 16),
	("signature", "signature", None, 64),
)
#: The fields of a sample beside its probe, in order.
FIELDS = tuple(field for field, *_rest in _SENT)


class SampleError(SupportError):
	"""A sample or a delivery that cannot be taken."""


class Sample(NamedTuple):
	"""What a probe saw in the interval that begins at `begins` (seconds since 1970, UTC)."""

	probe: str
	begins: int
	interval_seconds: int
	is_up: bool
	failure: str = ""
	http_status: int = 0
	latency_ms: int = 0
	#: Whole days until the certificate ends; -1 where there is none.
	certificate_days: int = -1
	tries: int = 1
	detail: str = ""
	#: The first letters of the signature before; empty for a probe's first sample.
	previous: str = ""
	signature: str = ""

	@property
	def ends(self) -> int:
		return self.begins + self.interval_seconds

	@property
	def link(self) -> str:
		"""What the next sample says of this one."""
		return self.signature[:16]


def canonical(sample: Sample) -> str:
	"""The text that is signed."""
	*content, _signature = to_mapping(sample).values()
	return json.dumps([FORMAT, sample.probe, *content], separators=(",", ":"), ensure_ascii=False)


def sign_text(key: str, text: str) -> str:
	"""HMAC-SHA256, in hexadecimal."""
	return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_signed(key: str, text: str, signature: str) -> bool:
	"""Whether a text was signed with the key; compared in constant time."""
	return hmac.compare_digest(sign_text(key, text).encode(), signature.encode())


def greeting(probe: str, at: int) -> str:
	"""What a probe signs to read the details of a health check."""
	return f"health {probe} {at}"


def sign(key: str, sample: Sample) -> Sample:
	"""The sample with the signature of its canonical text."""
	return sample._replace(signature=sign_text(key, canonical(sample)))


def is_genuine(key: str, sample: Sample) -> bool:
	"""Whether the probe that holds the key has signed exactly this."""
	return is_signed(key, canonical(sample), sample.signature)


def to_mapping(sample: Sample) -> dict[str, Any]:
	"""As it is spooled and sent; the probe's name stands once, on the delivery."""
	content = {name: getattr(sample, field) for field, name, _least, _most in _SENT}
	content["up"] = int(sample.is_up)
	return content


def from_mapping(data: Any, probe: str) -> Sample:
	"""A sample that came from outside. Raises `SampleError` naming the first thing that cannot be."""
	if not isinstance(data, Mapping):
		raise SampleError("A sample is an object.")
	begins, interval, up, *rest = (_value(data.get(name), name, *bounds) for _field, name, *bounds in _SENT)
	sample = Sample(probe, begins, interval, bool(up), *rest)
	if sample.begins % sample.interval_seconds:
		raise SampleError("A sample begins at a multiple of its interval.")
	if sample.is_up == bool(sample.failure) or (sample.failure and sample.failure not in FAILURES):
		raise SampleError("A sample that is down says what failed, one that is up does not.")
	if not _LINK.fullmatch(sample.previous) or not _HEX.fullmatch(sample.signature):
		raise SampleError("{name} of a sample is not what it should be.", name="signature")
	return sample


def _value(value: Any, name: str, least: int | None, most: int) -> Any:
	if least is not None:
		is_good = type(value) is int and least <= value <= most
	else:
		# A surrogate has no UTF-8, and the database takes NUL for something else.
		is_good = isinstance(value, str) and len(value) <= most and value.isprintable()
	if not is_good:
		raise SampleError("{name} of a sample is not what it should be.", name=name)
	return value


def is_probe_name(name: str) -> bool:
	"""Small letters, digits and dashes, at most 40: it is part of a file's name and of a sample's.

	>>> is_probe_name("host-a"), is_probe_name("Host a"), is_probe_name("-a")
	(True, False, False)
	"""
	return bool(_NAME.fullmatch(name))


def flag(sample: Sample, sent_at: int, received_at: int, bound_seconds: int = SKEW_SECONDS) -> str:
	"""Why this sample proves nothing, or an empty string. `sent_at` is the probe's clock, `received_at` the site's."""
	if abs(sent_at - received_at) > bound_seconds:
		return SKEWED
	return FUTURE if sample.begins > received_at + bound_seconds else ""


#: (begins, ends, whether it was up)
Run = tuple[int, int, bool]


class Seen(NamedTuple):
	"""What all the probes together prove; what is in neither `up` nor `down` is unknown."""

	up: list[Span]
	down: list[Span]
	#: The part of `up` in which another probe said down.
	partial: list[Span]


def runs(rows: Iterable[Run]) -> list[Run]:
	"""Samples of one probe in order of time, joined where one begins as the one before it ends and says the same."""
	found: list[Run] = []
	for begins, ends, is_up in rows:
		if found and found[-1][1] == begins and found[-1][2] == is_up:
			found[-1] = (found[-1][0], ends, is_up)
		else:
			found.append((begins, ends, is_up))
	return found


def seen(rows: Iterable[Run]) -> Seen:
	"""The runs of all the probes, put together: down only where every probe that reported says down."""
	sides: dict[bool, list[Span]] = {True: [], False: []}
	for begins, ends, is_up in rows:
		sides[is_up].append((begins, ends))
	up, down = union(sides[True]), union(sides[False])
	return Seen(up, difference(down, up), intersection(up, down))


def breaks(samples: Sequence[Sample], before: str | None) -> int:
	"""How many of a probe's samples (in order) do not follow on the one before: one was lost, removed or never stored.

	`before` is the link of the sample before the first; None when it is not known.
	"""
	count = 0
	for sample in samples:
		count += before is not None and sample.previous != before
		before = sample.link
	return count


def digest(samples: Iterable[tuple[Sample, str]]) -> str:
	"""One hash over samples with their flags, in order, signatures included."""
	total = hashlib.sha256()
	for sample, mark in samples:
		total.update(f"{canonical(sample)}\t{sample.signature}\t{mark}\n".encode())
	return total.hexdigest()
