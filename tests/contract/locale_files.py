"""locale/main.pot and locale/es.po, from translations/es.csv.

	python tests/contract/locale_files.py     writes both (`make locale`)

Every version of Frappe 15 and 16 reads the rows of es.csv. Newer ones also read locale/es.po, which `bench build`
compiles and which wins; their own tools (`bench update-po-files`, Crowdin) know that alone. One is made of the other.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

sys.path.insert(0, str(Path(__file__).parent))

from messages import spanish
from repo import PACKAGE

TEMPLATE = PACKAGE / "locale" / "main.pot"
SPANISH = PACKAGE / "locale" / "es.po"
#: Fixed: the files change when a text does, not because a day has passed.
_WRITTEN = datetime(2026, 11, 26, tzinfo=timezone.utc)


def read(path: Path = SPANISH) -> dict[tuple[str, str | None], str]:
	"""(text, context) -> translation, of a catalogue as it lies there."""
	with path.open("rb") as lines:
		return {
			(str(message.id), message.context): str(message.string or "")
			for message in read_po(lines)
			if message.id
		}


def write() -> None:
	for path, locale in ((TEMPLATE, None), (SPANISH, "es")):
		catalogue = Catalog(
			locale=locale,
			project="Codigo Binario Support",
			copyright_holder="Código Binario",
			msgid_bugs_address="info@codigo-binario.com",
			last_translator="info@codigo-binario.com",
			language_team="info@codigo-binario.com",
			creation_date=_WRITTEN,
			revision_date=_WRITTEN,
			fuzzy=False,
		)
		for text, translated, *context in sorted(spanish()):
			catalogue.add(text, translated if locale else "", context=context[0] if context else None)
		path.parent.mkdir(exist_ok=True)
		with path.open("wb") as out:
			write_po(out, catalogue, width=0)


if __name__ == "__main__":
	write()
