"""How a request is asked: who acts, who changed or built it, what broke, question or order.

A form is a list of phrases, found word by word in one pass over the folded text: a table of first words costs nothing to
lay, a regular expression for each form took longer to compile than the rest of the classifier to load.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise, product
from typing import Any

_MARKS = frozenset("?.!;:,")
_STOPS = frozenset("?.!;:")

#: The rest of a phrase after its first word, and the form it shows.
Phrase = tuple[tuple[str, ...], str]
#: Phrases by the second word; those whose second word may end in any way under `*`.
Longer = dict[str, list[Phrase]]


class Phrases:
	"""The phrases of each form, as `data/triage/phrases.json` lists them.

	`forms`: phrases are separated by commas; `a/b` is either word, `-` none, `word*` any ending, `*word` any beginning.
	`together`: two forms that together say more than each. `words` and `pairs` tell the mood of a sentence; `openers` may stand
	before the verb of an order.
	"""

	def __init__(self, data: Mapping[str, Any]) -> None:
		self._forms, self._together = data.get("forms", {}), data.get("together", ())
		words, pairs = data.get("words", {}), data.get("pairs", {})
		self._words = defaultdict(frozenset, {name: frozenset(text.split()) for name, text in words.items()})
		self._order_endings = tuple(self._words["order_endings"])
		self._pairs = {
			name: {tuple(pair.split()) for pair in text.split(", ")} for name, text in pairs.items()
		}
		self._known = lru_cache(maxsize=4096)(self._starting)

	def forms_of(self, subject: Sequence[str], body: Sequence[str]) -> dict[str, str]:
		"""The forms of a request, each with the folded words that show it; empty where no single words do.

		Both are folded words with the marks between them: of `nadie puede entrar`, `stopped` is shown by `nadie puede`.
		"""
		words = [word for word in (*subject, *body) if word not in _MARKS]
		found: dict[str, str] = {}
		for i, (word, after) in enumerate(pairwise([*words, ""])):
			alone, longer = self._known(word)
			for name in alone:
				found.setdefault(name, word)
			if longer and (after in longer or "*" in longer):
				for name, size in _following(longer, words, i + 1):
					found.setdefault(name, " ".join(words[i : i + 1 + size]))
		if words and self._words["thanks"].issuperset(words):
			found["thanks"] = words[0]
		for one, other in self._together:
			if one in found and other in found:
				found[f"{one}+{other}"] = ""
		for name in self._moods(_sentences(body)):
			found[name] = ""
		return found

	def _starting(self, word: str) -> tuple[tuple[str, ...], Longer]:
		"""The forms that a word shows by itself, and the phrases that may begin with it, by their second word."""
		beginnings, endings = self._tables[False, True], self._tables[True, False]
		found = list(self._tables[False, False].get(word, ()))
		for size in range(2, len(word) + 1):
			found += beginnings.get(word[:size], ())
		for size in range(3, min(8, len(word) - 1)):
			found += endings.get(word[-size:], ())
		longer: Longer = {}
		for rest, name in found:
			if rest:
				longer.setdefault("*" if rest[0][-1] == "*" else rest[0], []).append((rest, name))
		return tuple([name for rest, name in found if not rest]), longer

	@cached_property
	def _tables(self) -> dict[tuple[bool, bool], dict[str, list[Phrase]]]:
		"""Phrases by their first word: one table for each way of leaving its beginning or its end open."""
		tables: dict[tuple[bool, bool], dict[str, list[Phrase]]] = defaultdict(dict)
		for name, phrases in self._forms.items():
			for phrase in phrases.split(", "):
				for slots in product(*[slot.split("/") for slot in phrase.split()]):
					first, *rest = [slot for slot in slots if slot != "-"]
					table = tables[first[0] == "*", first[-1] == "*"]
					table.setdefault(first.strip("*"), []).append((tuple(rest), name))
		return tables

	def _moods(self, sentences: list[tuple[list[str], str]]) -> set[str]:
		"""Question, order or statement: by sentence, and how the text begins and ends."""
		if not sentences:
			return set()
		known, courtesy = self._words, self._words["thanks"] | {","}
		moods: set[str] = set()
		kinds = []
		for words, mark in sentences:
			kind = "statement"
			if self._orders(words):
				kind = "order"
				moods.add("sentence_orders")
			asks_fact = not known["facts"].isdisjoint(words)
			if mark == "?":
				kind, pairs = "question", set(pairwise(words))
				if not known["modal"].isdisjoint(words) or pairs & self._pairs["modal"]:
					kind = "polite"
					moods.add("polite_ask")
				elif any(
					one in known["objects"] and len(verb) > 4 and verb.endswith(("an", "en"))
					for one, verb in pairs
				):
					kind = "asks_us"
					moods.add("asks_us")
				if asks_fact or pairs & self._pairs["facts"]:
					moods.add("asks_fact")
			elif kind == "statement" and (asks_fact or words[0] in known["asking"]):
				kind = "asks"
			if not courtesy.issuperset(words):
				kinds.append(kind)
		if sentences[0][0][0] in known["asking"]:
			moods.add("begins_asking")
		if kinds:
			moods |= {f"begins:{kinds[0]}", f"ends:{kinds[-1]}"}
		if len(set(kinds)) == 1:
			moods.add(f"all:{kinds[0]}")
		return moods

	def _orders(self, words: list[str]) -> bool:
		"""Whether a sentence, or what follows a comma in it, begins with the verb of an order to several people."""
		at_start, openers = True, self._words["openers"]
		for word in words:
			if at_start and word not in openers:
				if word.endswith(self._order_endings) and len(word) > 4:
					return True
				at_start = False
			elif word == ",":
				at_start = True
		return False


#: For what scores no whole text.
NO_PHRASES = Phrases({})


def _following(longer: Longer, words: list[str], at: int) -> Iterator[tuple[str, int]]:
	"""The forms whose phrase goes on at a word, and how many words it takes from there."""
	for second in (*words[at : at + 1], "*"):
		for rest, name in longer.get(second, ()):
			if len(rest) <= len(words) - at and all(map(_matches, rest, words[at : at + len(rest)])):
				yield name, len(rest)


def _matches(wanted: str, word: str) -> bool:
	return word == wanted or (wanted[-1] == "*" and word.startswith(wanted[:-1]))


def _sentences(body: Sequence[str]) -> list[tuple[list[str], str]]:
	"""The body's sentences: words with commas, and the mark at the end (empty at the end of the text)."""
	found: list[tuple[list[str], str]] = []
	words: list[str] = []
	for word in body:
		if word not in _STOPS:
			words.append(word)
		elif words:
			found.append((words, word))
			words = []
	return [*found, (words, "")] if words else found
