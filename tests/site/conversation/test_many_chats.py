"""Many people chat at once through a real web server: nothing is lost, crossed or out of order, and a retry stores once.

The bigger form, with figures, is `tests/bench/chats.py`.
"""

from __future__ import annotations

import pytest
from chats import Chats


@pytest.mark.slow
def test_ten_chats_at_once_lose_cross_and_double_nothing(site):
	with Chats(site, people=10) as chats:
		figures = chats.talk(messages=5)

	assert figures.sent == 50
	assert figures.lost == figures.crossed == figures.doubled == figures.out_of_order == 0
	assert figures.refused == 10, "everybody tried to read the next one's conversation"
