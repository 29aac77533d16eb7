"""Fifty chats at once against a web server on loopback, with figures.

CODIGO_BINARIO_SITE=SITE env/bin/python tests/bench/chats.py [PEOPLE [MESSAGES]]      from the bench's sites folder
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))

from chats import Chats


def main(people: int = 50, messages: int = 5) -> None:
	with Chats(os.environ["CODIGO_BINARIO_SITE"], people) as chats:
		found = chats.talk(messages)
	print(
		json.dumps(
			{
				"people": people,
				"messages": found.sent,
				"posts": found.sent * 2,
				"seconds": round(found.seconds, 1),
				"posts a second": round(found.sent * 2 / found.seconds, 1),
				"median ms": round(found.percentile(0.5)),
				"95th percentile ms": round(found.percentile(0.95)),
				"lost": found.lost,
				"crossed": found.crossed,
				"doubled": found.doubled,
				"out of order": found.out_of_order,
				"reads of somebody else's refused": found.refused,
				"problems": found.problems[:5],
			}
		)
	)


if __name__ == "__main__":
	main(*map(int, sys.argv[1:]))
