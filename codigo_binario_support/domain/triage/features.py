"""The evidence in a request, as named features that a linear model can weigh and a person can read back.

Four blocks, each scaled on its own so that a long mail does not shout: `word` (stems, pairs and pairs over a gap within a
sentence), `letter` (the words, which the model spells in n-grams: typing errors, inflection), `subject` (its stems), `form`
(how it is asked, what a trace names, which of the policy's signals stand in it). A feature keeps the customer's own words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from .cleaning import Cleaned, fold
from .phrasing import Phrases

BLOCKS = ("word", "letter", "subject", "form")

#: Words, numbers, and the marks that end a sentence or part it (a point inside a number or an address does not).
_TOKEN = re.compile(r"[^\W\d_]+(?:'t)?|\d+|\?|[.!;:,](?=\s|$)")
#: No word of either language is longer; what is, is code, or a file that somebody pasted.
_LONGEST_WORD = 40
_MARKS = frozenset("?.!;:,")
_ENDS = frozenset(".!;:")
_GATEWAY = frozenset(("500", "502", "503", "504", "520", "521", "522", "523", "524", "404", "403", "429"))

# Endings that say who, when or how many, not what. Longest first; what stays keeps at least four letters.
_ENDINGS = sorted(
	"""amiento imiento aciones icion aciones acion adores ador adora idad mente ariamos eriamos aremos eremos iremos
	abamos iamos ieron ieran aron aran aria eria iria ando iendo ados adas ado ada idos idas ido ida
	amos emos imos aban aba ian ia arlo arla arlos arlas arme arnos arte erlo erla irlo enme ennos enlo enla
	enlos enlas ar er ir an en as es os a e o s
	ations ation ings ing ers er ies ed ly ment ments""".split(),
	key=len,
	reverse=True,
)
_ENDINGS_BY_LETTER = {
	letter: [ending for ending in _ENDINGS if ending[-1] == letter] for letter in {e[-1] for e in _ENDINGS}
}
#: As people type on a phone: the word, and how it is written.
_SHORTENED = """que q k ke qe, de d, por x, porfa xfa porfis xfavor plis, porque pq xq porq pk, para pa, tambien tmb tb tbn tambn,
	como cmo, quiero qiero kiero, quedo qedo, ustedes uds ustds uts, bien bn, cuando cuand, aqui aki, please pls plz, you u"""
_SHORT = {short: word for word, *shorts in map(str.split, _SHORTENED.split(",")) for short in shorts}

#: A word of a request: folded, its stem, and as it was written. A mark stands for itself.
Token = tuple[str, str, str]
#: The policy's signals by their first stem: (all stems, clause, the phrase as written).
Signals = Mapping[str, list[tuple[tuple[str, ...], str, str]]]
#: Before the first word of a sentence: no stem and nothing written.
_START = ("^", "")


def stem(word: str) -> str:
	"""The part of a folded word that inflection leaves alone, in Spanish and English.

	>>> [stem(word) for word in ("respaldos", "respaldar", "respalden", "backups", "502")]
	['respald', 'respald', 'respald', 'backup', '502']
	"""
	if len(word) < 5:
		return word
	for ending in _ENDINGS_BY_LETTER.get(word[-1], ()):
		if word.endswith(ending) and len(word) - len(ending) >= 4:
			return word[: -len(ending)]
	return word


@lru_cache(maxsize=8192)
def _token(raw: str) -> Token:
	word = fold(raw)
	if word.isdigit() and word not in _GATEWAY and len(word) > 2:
		# Gateway codes and small numbers mean something; others are only amounts of a size.
		word = "#" * min(len(word), 5)
	word = _SHORT.get(word, word)
	return word, stem(word), raw


def tokens(text: str) -> list[Token]:
	"""Words, numbers and marks in order; of a word that nobody writes, its beginning."""
	return [_token(raw[:_LONGEST_WORD]) for raw in _TOKEN.findall(text)]


def grams(word: str) -> tuple[str, ...]:
	"""The character sequences of a word, 3 or 4 long, its edges marked; none for what is no word.

	>>> grams("sae")
	('<sa', 'sae', 'ae>', '<sae', 'sae>')
	"""
	if len(word) < 3 or word[0] == "#":
		return ()
	edged = f"<{word}>"
	return tuple(dict.fromkeys(edged[i : i + size] for size in (3, 4) for i in range(len(edged) - size + 1)))


def signal_index(signals: Mapping[str, Iterable[str]]) -> Signals:
	"""The policy's signals, as each clause lists them."""
	index: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
	for clause, phrases in signals.items():
		for phrase in phrases:
			stems = tuple(stemmed for word, stemmed, _ in tokens(phrase) if word not in _ENDS and word != ",")
			if stems:
				index.setdefault(stems[0], []).append((stems, clause, phrase))
	return index


def features(
	text: Cleaned, signals: Signals, phrases: Phrases, body: Sequence[Token] | None = None
) -> dict[str, dict[str, str]]:
	"""Features by block: name -> the surface that shows it. `body` are the tokens of the body, where they are known."""
	subject, body = tokens(text.subject), tokens(text.body) if body is None else body
	blocks = part_features(body, subject)
	for word, stemmed, raw in subject:
		if word not in _MARKS:
			blocks["subject"].setdefault(stemmed, raw)
	forms = phrases.forms_of([word for word, _, _ in subject], [word for word, _, _ in body])
	stems = [stemmed for word, stemmed, _ in (*subject, *body) if word not in _ENDS]
	for i, token in enumerate(stems):
		for phrase, clause, written in signals.get(token, ()):
			if tuple(stems[i : i + len(phrase)]) == phrase:
				forms.setdefault(f"signal:{clause}", written)
	for app in text.foreign_apps:
		forms["trace:foreign"] = app
	if text.is_stock_trace:
		forms["trace:stock"] = text.apps[0]
	if text.trace:
		forms["trace"] = text.trace[:60]
	for name in text.exceptions:
		blocks["word"].setdefault(f"!{name}", name)
	if text.body[:1] == "¿" or text.body[-1:] == "?":
		forms["is_question"] = "?"
	forms[f"length_{min(len(body) // 7, 6)}"] = ""
	blocks["form"] = forms
	return blocks


def part_features(body: Sequence[Token], subject: Iterable[Token] = ()) -> dict[str, dict[str, str]]:
	"""The same for a part of a text, which has no subject and no forms of its own."""
	words: dict[str, str] = {}
	letters: dict[str, str] = {}
	for stretch in (subject, body):
		before, gap = _START, None
		for word, token, raw in stretch:
			if word in _ENDS:
				before, gap = _START, None
			elif word != ",":
				words.setdefault(token, raw)
				words.setdefault(f"{before[0]} {token}", f"{before[1]} {raw}" if before[1] else raw)
				if gap:
					words.setdefault(f"{gap[0]} _ {token}", f"{gap[1]} … {raw}" if gap[1] else raw)
				before, gap = (token, raw), before
				if word == "?":
					before, gap = _START, None
				else:
					letters.setdefault(word, raw)
	return {"word": words, "letter": letters, "subject": {}, "form": {}}
