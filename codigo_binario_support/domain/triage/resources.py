"""Official material for a question: «Auxiliar en el buen uso del sistema al proveerte con material oficial».

An index of resources is asked with a text and a clause; the best come first. Words count more the fewer resources have
them, and a word may be written with an error.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from rapidfuzz import fuzz, process

from .cleaning import fold
from .features import stem

#: Clauses whose answers carry official material.
GUIDED_CLAUSES = ("usage_guidance", "faq", "training")
#: Whose pages are official without anybody saying so.
OFFICIAL_HOSTS = ("docs.erpnext.com", "docs.frappe.io", "frappe.school")
NOT_CHECKED, REACHABLE, DOUBTFUL, DEAD = "Not checked", "Reachable", "Doubtful", "Dead"
#: Each with its colour in lists.
LINK_STATES = {NOT_CHECKED: "gray", REACHABLE: "green", DOUBTFUL: "orange", DEAD: "red"}
KINDS = PAGE, ARTICLE = "Official page", "Help article"

#: How like two words must be (of 100): one wrong letter in seven.
_LIKENESS = 84
#: What a resource must reach to be about the text, and how much the clause adds.
_ENOUGH, _CLAUSE_BONUS = 1.5, 1.4
_WORD = re.compile(r"[a-z0-9]+")
_STOP_WORDS = frozenset(
	"""a al algo como con cual cuando de del desde donde el ella en es esta este esto favor hay la las le les lo los me mi
	mis muy necesito no nos nuestra nuestro o para pero por porfavor puede pueden puedo que quiero se si sin sistema sobre
	su sus te tengo tu un una unos ya y yo buen buenas buenos dia dias tarde tardes hola gracias saludos erpnext hacer hago
	the a an and at can do for how i in is it my of on or our please to we what where with you your""".split()
)


class Resource(NamedTuple):
	"""One page or article: `clauses` it answers, `keywords` as phrases. `is_general` stands in when nothing fits better."""

	name: str
	title: str
	url: str
	kind: str
	clauses: tuple[str, ...] = ()
	keywords: tuple[str, ...] = ()
	language: str = "es"
	is_general: bool = False


def article_of(text: str) -> dict[str, str]:
	"""A shipped help article from its file, Markdown under a head of `key: value` lines: `title`, `clauses`, `keywords` and
	`resources` (each parted by commas), `body`. Raises `ValueError` when it has no head, or a line of it is none, and
	`KeyError` when one of them is missing.
	"""
	_nothing, head, body = text.split("---\n", 2)
	values = dict(line.split(": ", 1) for line in head.strip().splitlines())
	return {key: values[key].strip() for key in ("title", "clauses", "keywords", "resources")} | {
		"body": body.strip()
	}


class ResourceIndex:
	"""Resources, indexed by their words."""

	def __init__(self, resources: Iterable[Resource]) -> None:
		self._resources = tuple(resources)
		self._words = [_words(" ".join((row.title, *row.keywords))) for row in self._resources]
		spread = Counter(word for words in self._words for word in words)
		self._weights = {word: math.log(1 + len(self._resources) / count) for word, count in spread.items()}
		self._vocabulary = sorted(self._weights)

	def suggest(
		self, text: str, clause: str | None = None, language: str = "es", limit: int = 3
	) -> list[Resource]:
		"""The resources that fit best, best first. A guided clause gets its general material where nothing fits."""
		likeness = self._likeness(text)
		scored = []
		for position, (row, words) in enumerate(zip(self._resources, self._words, strict=True)):
			score = sum(likeness[word] * self._weights[word] for word in words if word in likeness)
			if clause in row.clauses:
				score *= _CLAUSE_BONUS
			if score >= _ENOUGH:
				# Long lists of words gather likeness by chance.
				score /= math.log(8 + len(words))
				scored.append((-score, row.language != language, position, row))
		found = [row for *_order, row in sorted(scored, key=lambda entry: entry[:3])][:limit]
		if not found and clause in GUIDED_CLAUSES:
			found = [row for row in self._resources if row.is_general and clause in row.clauses][:limit]
		return found

	def is_carried_by(self, content: str) -> bool:
		"""Whether a text names one of these resources by its address."""
		return any(row.url in content for row in self._resources)

	def _likeness(self, text: str) -> dict[str, float]:
		"""word of the shelf -> how surely the text has it (0 to 1)."""
		found: dict[str, float] = {}
		for word in _words(text):
			like = process.extract(word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=_LIKENESS, limit=4)
			for known, score, _position in like:
				found[known] = max(found.get(known, 0), score / 100)
		return found


def is_official(url: str, hosts: Sequence[str] = OFFICIAL_HOSTS) -> bool:
	"""Whether an address is a page of one of these hosts, over https.

	>>> is_official("https://docs.frappe.io/erpnext"), is_official("https://docs.frappe.io.example.com/")
	(True, False)
	"""
	try:
		parts = urlsplit(url)
	except ValueError:
		return False
	return parts.scheme == "https" and not parts.username and (parts.hostname or "") in hosts


def _words(text: str) -> frozenset[str]:
	words = _WORD.findall(fold(text))
	return frozenset(stem(word) for word in words if len(word) > 2 and word not in _STOP_WORDS)


def link_state(before: str, status: int | None) -> str:
	"""The state of a link after one look: `status` is the page's HTTP status, None where nothing answered.

	A page is dead once it is said to be gone twice in a row; a network that is away says nothing about the page.

	>>> link_state(REACHABLE, 404), link_state(DOUBTFUL, 404), link_state(DOUBTFUL, None)
	('Doubtful', 'Dead', 'Doubtful')
	"""
	if status is None or status >= 500 or status in (401, 403, 429):
		return before
	if status in (404, 410):
		return DEAD if before in (DOUBTFUL, DEAD) else DOUBTFUL
	return REACHABLE
