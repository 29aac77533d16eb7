"""The rules of a conversation, against a second opinion that counts message by message."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.conversation.chat import (
	LONGEST,
	ChatError,
	Message,
	ReadMarker,
	key,
	tidy,
	to_mail,
	unread,
)

START = datetime(2026, 11, 24, 16, tzinfo=timezone.utc)
minutes = st.integers(min_value=0, max_value=240)


def at(minute: int) -> datetime:
	return START + timedelta(minutes=minute)


conversations = st.lists(st.tuples(minutes, st.booleans()), max_size=20).map(
	lambda rows: [Message(f"m{n}", at(minute), mine) for n, (minute, mine) in enumerate(sorted(rows))]
)
marks = st.builds(ReadMarker, *(st.none() | minutes.map(at) for _part in range(3)))


@given(st.text(max_size=300))
def test_a_tidy_message_stays_as_it_is(text):
	try:
		once = tidy(text)
	except ChatError:
		return
	assert tidy(once) == once
	assert once and len(once) <= LONGEST
	assert not any(ord(mark) < 32 and mark not in "\n\t" for mark in once)


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "a" * (LONGEST + 1)])
def test_what_is_empty_or_endless_is_no_message(text):
	with pytest.raises(ChatError):
		tidy(text)


def test_exactly_the_longest_message_fits():
	assert len(tidy("a" * LONGEST)) == LONGEST


ids = st.text(alphabet="abcdefgh0123-_", min_size=8, max_size=20).map(lambda text: "a" + text)


@given(ids, ids, st.emails(), st.emails())
def test_two_messages_have_one_name_only_if_they_are_one(first, second, ana, beto):
	same = (first, ana) == (second, beto)
	assert (key("CBS-1", ana, first) == key("CBS-1", beto, second)) == same
	assert key("CBS-1", ana, first) != key("CBS-2", ana, first)


@pytest.mark.parametrize(
	"client_id", ["", "short", "a b c d e f", "../../passwd", "á" * 10, "a" * 65, "-aaaaaaaa"]
)
def test_a_number_that_is_none_is_refused(client_id):
	with pytest.raises(ChatError):
		key("CBS-1", "ana@example.com", client_id)


@given(conversations, marks)
def test_every_message_is_unread_on_one_side_at_most_and_never_on_its_own(messages, mark):
	for_customer, for_agent = unread(messages, mark, True), unread(messages, mark, False)
	assert not {m.name for m in for_customer} & {m.name for m in for_agent}
	assert all(not m.is_from_customer for m in for_customer) and all(m.is_from_customer for m in for_agent)
	fresh = [m for m in messages if mark.read_up_to is None or m.at > mark.read_up_to]
	assert {m.name for m in (*for_customer, *for_agent)} == {m.name for m in fresh}


@given(conversations, marks, minutes, st.integers(min_value=1, max_value=60))
def test_what_is_mailed_is_unread_old_enough_and_never_mailed_twice(messages, mark, now, absence):
	found = to_mail(messages, mark, at(now), absence)
	late = at(now) - timedelta(minutes=absence)
	for message in found:
		assert not message.is_from_customer and message.at <= late
		assert mark.read_up_to is None or message.at > mark.read_up_to
		assert mark.mailed_up_to is None or message.at > mark.mailed_up_to
		assert mark.present_at is None or mark.present_at <= late
	if found:
		mailed = ReadMarker(mark.read_up_to, mark.present_at, found[-1].at)
		assert to_mail(messages, mailed, at(now + 600), absence) == []


def test_three_answers_in_a_row_wait_for_the_last_and_go_in_one_mail():
	answers = [Message(f"m{n}", at(n), False) for n in (0, 4, 8)]
	assert to_mail(answers, ReadMarker(), at(17), 10) == []
	assert to_mail(answers, ReadMarker(), at(18), 10) == answers


def test_a_customer_who_came_back_is_not_mailed_until_they_leave_again():
	answers = [Message("m", at(0), False)]
	assert to_mail(answers, ReadMarker(present_at=at(15)), at(20), 10) == []
	assert to_mail(answers, ReadMarker(present_at=at(15)), at(25), 10) == answers
