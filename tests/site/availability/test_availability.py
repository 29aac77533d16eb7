"""Probes, samples, incidents and maintenance on a real site: deliveries as they arrive, judged by the server."""

import json
import random
import tarfile
from datetime import datetime, timedelta, timezone

import frappe
import pytest
from freezegun import freeze_time

from codigo_binario_support.adapters.evidence.chains import broken_seals
from codigo_binario_support.adapters.site.instants import to_site, to_text
from codigo_binario_support.domain.availability import samples as domain
from codigo_binario_support.domain.availability.samples import BATCH, Sample, sign, sign_text, to_mapping
from codigo_binario_support.jobs import health
from codigo_binario_support.jobs.evidence import broken_evidence
from codigo_binario_support.operations.availability import availability, heartbeats, incidents, samples
from codigo_binario_support.operations.availability.availability import (
	month_so_far,
	state_last_month,
	state_month,
)
from codigo_binario_support.setup import uninstall

#: Noon in Mexico City, a whole minute.
NOW = datetime(2026, 11, 20, 18, 0, 0, tzinfo=timezone.utc)
KEYS = {"host-a": "a" * 64, "host-b": "b" * 64}
CLEARED = (
	"Service Incident",
	"Availability Statement",
	"Availability Day",
	"Availability Sample",
	"Availability Probe",
	"Availability Heartbeat",
	"Maintenance Window",
)


SHOWN = """name state incident_class down_from_utc down_until_utc minutes corrects is_back errors probes
	failing_samples first_sample cause maintenance_window""".split()


@pytest.fixture(autouse=True)
def clean(transaction):
	for doctype in CLEARED:
		frappe.db.delete(doctype)
		frappe.db.delete("Series", {"name": ("like", f"%{frappe.scrub(doctype)}")})
	frappe.db.set_single_value("Support Promise Settings", "maintenance_notice_hours", 48)
	frappe.db.set_single_value("Support Promise Settings", "sample_days", 400)
	for name, key in KEYS.items():
		frappe.get_doc({"doctype": samples.PROBE, "probe_name": name, "probe_key": key}).insert()
	with freeze_time(NOW) as clock:
		yield clock


def use(*names: str) -> None:
	frappe.db.set_value(samples.PROBE, {"name": ("not in", names)}, "enabled", 0)


def epoch(at: datetime) -> int:
	return int(at.timestamp())


def stream(
	states: str, start: datetime, probe: str = "host-a", key: str | None = None, interval: int = 60, **values
):
	"""`+` up, `-` down, blank nothing; one interval each. Signed, and chained."""
	found, previous = [], values.pop("previous", "")
	for i, state in enumerate(states):
		if state == " ":
			continue
		made = Sample(
			probe,
			epoch(start) + i * interval,
			interval,
			state == "+",
			"" if state == "+" else values.get("failure", "connect"),
			values.get("http_status", 0),
			12,
			30,
			1 if state == "+" else 3,
			"" if state == "+" else values.get("detail", "Connection refused"),
			previous,
		)
		found.append(sign(key or KEYS[probe], made))
		previous = found[-1].link
	return found


def deliver(found, probe: str = "host-a", key: str | None = None, skew: int = 0, **values):
	content = {
		"sent_at": epoch(datetime.now(timezone.utc)) + skew,
		"samples": [to_mapping(row) for row in found],
	}
	batch = json.dumps({**content, **values})
	return samples.receive(probe, batch, sign_text(key or KEYS[probe], batch))


def minutes_before(count: int) -> datetime:
	return NOW - timedelta(minutes=count)


def all_incidents(**filters):
	return frappe.get_all(
		"Service Incident",
		filters={"source": "Samples", **filters},
		fields=SHOWN,
		order_by="creation asc, name asc",
	)


def counters(probe: str = "host-a"):
	return frappe.db.get_value(
		samples.PROBE,
		probe,
		["samples", "duplicates", "refused", "flagged", "lost", "deliveries"],
		as_dict=True,
	)


# -- deliveries --------------------------------------------------------------------------------------------------------


def test_a_delivery_is_kept_once_however_often_it_comes():
	found = stream("+++++", minutes_before(5))
	assert deliver(found)["kept"] == 5
	assert deliver(found) == {"kept": 0, "duplicates": 5, "refused": 0, "flagged": 0, "skew_seconds": 0}
	assert deliver(stream("++++++", minutes_before(5)))["kept"] == 1
	assert frappe.db.count(samples.SAMPLE) == 6
	assert counters() == {
		"samples": 6, "duplicates": 10, "refused": 0, "flagged": 0, "lost": 0, "deliveries": 3
	}  # fmt: skip


def test_the_first_word_on_a_minute_stays():
	deliver(stream("-", minutes_before(5)))
	deliver(stream("+", minutes_before(5)))
	assert frappe.db.get_value(samples.SAMPLE, {"probe": "host-a"}, "is_up") == 0


def test_samples_arrive_in_any_order():
	found = stream("+++--+", minutes_before(6))
	random.Random(7).shuffle(found)
	use("host-a")
	for row in found:
		deliver([row])
	found = month_so_far()
	assert (found["unplanned_minutes"], found["observed_up_minutes"]) == (2, 4)
	assert not all_incidents(state="Ongoing")


def test_a_wrong_signature_is_refused_and_counted():
	assert deliver(stream("+", minutes_before(2)), key="c" * 64) is None
	assert deliver(stream("++", minutes_before(2), key="c" * 64)) == {
		"kept": 0, "duplicates": 0, "refused": 2, "flagged": 0, "skew_seconds": 0
	}  # fmt: skip
	assert frappe.db.count(samples.SAMPLE) == 0
	assert counters().refused == 3


def test_the_good_samples_of_a_delivery_are_kept_beside_the_bad_ones():
	good, bad = stream("+", minutes_before(3)), stream("-", minutes_before(2), key="c" * 64)
	assert deliver([*good, *bad])["kept"] == 1
	assert all_incidents() == []


@pytest.mark.parametrize("probe", ["host-z", "", "Host A", "host-a'; drop table x; --", "x" * 200])
def test_who_is_no_probe_is_refused(probe):
	assert samples.receive(probe, "{}", "0" * 64) is None


def test_a_disabled_probe_is_refused():
	use("host-b")
	assert deliver(stream("+", minutes_before(1))) is None


@pytest.mark.parametrize(
	"batch", ["", "[]", "{}", '{"sent_at": 1}', '{"sent_at": "x", "samples": []}', "[" * 3000]
)
def test_what_is_no_delivery_is_refused_also_when_it_is_signed(batch):
	with pytest.raises(frappe.ValidationError):
		samples.receive("host-a", batch, sign_text(KEYS["host-a"], batch))


def test_a_delivery_has_an_end():
	with pytest.raises(frappe.ValidationError, match="at most"):
		deliver(stream("+" * (BATCH + 1), minutes_before(600)))
	batch = " " * 500_000
	assert samples.receive("host-a", batch, sign_text(KEYS["host-a"], batch)) is None


def test_a_clock_that_is_off_is_kept_and_proves_nothing():
	assert deliver(stream("+---+", minutes_before(5)), skew=600)["flagged"] == 5
	assert all_incidents() == []
	assert month_so_far()["observed_up_minutes"] == 0
	assert frappe.db.get_value(samples.SAMPLE, {"probe": "host-a"}, "flag") == domain.SKEWED


def test_samples_are_written_by_nobody_s_hand():
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": samples.SAMPLE, "probe": "host-a", "begins": 0}).insert()
	deliver(stream("+", minutes_before(2)))
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc(samples.SAMPLE, frappe.get_all(samples.SAMPLE, pluck="name", order_by="name")[0])


def test_the_key_of_a_probe_is_made_and_stays(as_user):
	as_user("it")
	probe = frappe.get_doc({"doctype": samples.PROBE, "probe_name": "host-c", "samples": 99}).insert()
	assert (len(probe.get_password("probe_key")), probe.samples) == (64, 0)
	probe = frappe.get_doc(samples.PROBE, "host-c")
	probe.site_url = "https://example.com"
	probe.save()
	probe = frappe.get_doc(samples.PROBE, "host-c")
	probe.probe_key = "d" * 64
	with pytest.raises(frappe.ValidationError, match="Make a new probe"):
		probe.save()


@pytest.mark.parametrize("person", ["ana", "agent", "manager"])
def test_only_the_operator_makes_probes(as_user, person):
	as_user(person)
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": samples.PROBE, "probe_name": "host-c"}).insert()


# -- incidents ---------------------------------------------------------------------------------------------------------


def test_an_outage_opens_goes_on_and_closes_by_itself(clean):
	use("host-a")
	found = stream("++--", minutes_before(4))
	deliver(found)
	clean.tick(timedelta(minutes=3))
	(incident,) = all_incidents()
	assert (incident.state, incident.incident_class) == ("Ongoing", "Unplanned")

	deliver(stream("--", minutes_before(0), previous=found[-1].link))
	(incident,) = all_incidents()
	assert (incident.state, incident.failing_samples) == ("Ongoing", 4)
	assert month_so_far()["open_incidents"] == [incident.name]

	deliver(stream("+", minutes_before(-2)))
	(incident,) = all_incidents()
	assert (incident.state, incident.is_back, incident.minutes) == ("Closed", 1, 4)
	assert incident.down_from_utc == to_text(minutes_before(2))
	assert incident.errors == "4 × connect Connection refused"
	assert incident.first_sample == f"host-a {found[2].signature}"
	assert broken_seals("Service Incident") == (1, [])
	assert month_so_far()["open_incidents"] == []


def test_what_waited_on_the_probe_s_disk_makes_one_incident_when_the_site_is_back():
	use("host-a")
	deliver(stream("+++", minutes_before(63)))
	deliver(stream("-" * 60, minutes_before(60)), more=1)
	assert all_incidents() == []
	deliver(stream("+", minutes_before(0)))
	(incident,) = all_incidents()
	assert (incident.state, incident.minutes, incident.failing_samples) == ("Closed", 60, 60)


def test_one_probe_that_reaches_the_service_is_enough():
	deliver(stream("+--++", minutes_before(5)), more=1)
	deliver(stream("++-++", minutes_before(5), "host-b"), "host-b")
	(incident,) = all_incidents()
	assert (incident.down_from_utc, incident.minutes, incident.probes) == (
		to_text(minutes_before(3)),
		1,
		"host-a, host-b",
	)
	assert month_so_far()["observed_up_minutes"] == 4


def test_a_probe_that_is_late_is_waited_for_before_an_incident_is_sealed(clean):
	deliver(stream("+--+", minutes_before(4)))
	assert [row.state for row in all_incidents()] == ["Ongoing"]
	clean.tick(timedelta(minutes=11))
	incidents.follow_samples()
	assert [row.state for row in all_incidents()] == ["Closed"]


def test_samples_that_come_after_the_seal_make_a_record_that_takes_its_place(clean):
	clean.tick(timedelta(minutes=30))
	deliver(stream("+----+", minutes_before(6)))
	(sealed,) = all_incidents()
	assert (sealed.state, sealed.minutes) == ("Closed", 4)
	deliver(stream("+-+--+", minutes_before(6), "host-b"), "host-b")

	first, *others = all_incidents()
	assert (first.state, first.minutes) == ("Closed", 4), "what was sealed stays"
	assert [(row.corrects, row.minutes) for row in others] == [(first.name, 1), (first.name, 2)]
	assert month_so_far()["unplanned_minutes"] == 3
	assert broken_seals("Service Incident") == (3, [])


def test_an_incident_that_was_none_is_said_to_be_none(clean):
	clean.tick(timedelta(minutes=30))
	deliver(stream("+--+", minutes_before(4)))
	deliver(stream("++++", minutes_before(4), "host-b"), "host-b")
	first, second = all_incidents()
	assert (second.corrects, second.incident_class) == (first.name, "Not an outage")
	assert month_so_far()["unplanned_minutes"] == 0
	incidents.follow_samples()
	assert len(all_incidents()) == 2


def test_an_outage_that_is_lost_from_sight_ends_where_it_was_last_seen(clean):
	use("host-a")
	deliver(stream("+--", minutes_before(3)))
	clean.tick(timedelta(minutes=20))
	incidents.follow_samples()
	(incident,) = all_incidents()
	assert (incident.state, incident.is_back, incident.minutes) == ("Closed", 0, 2)
	assert month_so_far()["unplanned_minutes"] == 2


def test_a_gap_is_unknown_and_never_down():
	use("host-a")
	deliver(stream("+-- --+", minutes_before(7)))
	assert [row.minutes for row in all_incidents()] == [2, 2]
	assert month_so_far()["unplanned_minutes"] == 4


def test_the_request_that_was_filed_meanwhile_is_linked_both_ways(file_request, as_user):
	use("host-a")
	request = file_request("ana", clause="connectivity", severity="outage")
	other = file_request("ana", clause="faq")
	frappe.db.set_value("Support Request", request.name, "filed_at", to_site(minutes_before(2)))
	as_user("Administrator")
	deliver(stream("+---+", minutes_before(5)))
	incidents.follow_samples()
	(incident,) = all_incidents()
	linked = [row.support_request for row in frappe.get_doc("Service Incident", incident.name).requests]
	assert linked == [request.name]
	assert frappe.db.get_value("Support Request", request.name, "service_incident") == incident.name
	assert not frappe.db.get_value("Support Request", other.name, "service_incident")


def test_what_is_left_of_an_incident_keeps_the_request_that_was_filed_meanwhile(file_request, as_user, clean):
	request = file_request("ana", clause="connectivity", severity="outage")
	frappe.db.set_value("Support Request", request.name, "filed_at", to_site(minutes_before(3)))
	as_user("Administrator")
	clean.tick(timedelta(minutes=30))
	deliver(stream("+----+", minutes_before(6)))
	deliver(stream("+-+--+", minutes_before(6), "host-b"), "host-b")
	_sealed, *others = all_incidents()
	for row in others:
		linked = frappe.get_doc("Service Incident", row.name).requests
		assert [row.support_request for row in linked] == [request.name]


# -- what people say of an incident --------------------------------------------------------------------------------------


@pytest.fixture
def measured(clean):
	use("host-a")
	deliver(stream("+" + "-" * 30 + "+", minutes_before(32)))
	(row,) = all_incidents()
	return frappe.get_doc("Service Incident", row.name)


def judge(doc, **values):
	return frappe.get_doc(
		{
			"doctype": "Service Incident",
			"subject": doc.subject,
			"corrects": doc.name,
			"incident_class": "Customer-caused",
			"cause": "El cliente apagó su enlace",
			**values,
		}
	).insert()


def test_a_person_says_who_caused_it_in_a_record_that_takes_its_place(measured, as_user):
	as_user("agent")
	doc = judge(measured, opened_at=to_site(minutes_before(9)), closed_at=to_site(minutes_before(8)))
	assert (doc.state, doc.source, doc.minutes) == ("Closed", "Samples", 30), "the times are the probes'"
	assert (doc.closed_by, doc.errors) == (frappe.session.user, measured.errors)
	as_user("Administrator")
	found = month_so_far()
	assert (found["unplanned_minutes"], found["customer_minutes"]) == (0, 30)
	assert state_after(clean=None).customer_minutes == 30


def state_after(clean):
	with freeze_time(datetime(2026, 12, 1, 12, tzinfo=timezone.utc)):
		return state_month("2026-11")


@pytest.mark.parametrize(
	("values", "message"),
	[
		({"incident_class": "Planned"}, "cannot be planned"),
		({"incident_class": "Not an outage"}, "The probes saw it"),
		({"cause": " "}, "Write the cause"),
	],
)
def test_what_was_measured_is_not_talked_away(measured, as_user, values, message):
	as_user("agent")
	with pytest.raises(frappe.ValidationError, match=message):
		judge(measured, **values)


def test_one_record_takes_the_place_of_one(measured, as_user):
	as_user("agent")
	judge(measured)
	with pytest.raises(frappe.ValidationError, match="takes its place already"):
		judge(measured)


def test_a_measured_incident_is_not_closed_moved_or_claimed_by_hand(as_user):
	use("host-a")
	deliver(stream("+--", minutes_before(3)))
	as_user("agent")
	doc = frappe.get_doc("Service Incident", all_incidents()[0].name)
	doc.update({"opened_at": to_site(minutes_before(1)), "closed_at": to_site(NOW), "errors": "ninguno"})
	doc.cause = "Falla del proveedor"
	doc.save()
	assert (doc.state, doc.closed_at, doc.errors) == ("Ongoing", None, "2 × connect Connection refused")
	assert (doc.opened_at, doc.cause) == (to_site(minutes_before(2)), "Falla del proveedor")
	made = frappe.get_doc(
		{
			"doctype": "Service Incident",
			"subject": "x",
			"opened_at": to_site(minutes_before(9)),
			"source": "Samples",
		}
	).insert()
	assert made.source == "People"


# -- maintenance -----------------------------------------------------------------------------------------------------------


def announce(hours_before: float, begins: datetime, minutes: int = 60, **values):
	with freeze_time(begins - timedelta(hours=hours_before)):
		return frappe.get_doc(
			{
				"doctype": "Maintenance Window",
				"reason": "Actualización de la base",
				"starts_at": to_site(begins),
				"ends_at": to_site(begins + timedelta(minutes=minutes)),
				**values,
			}
		).insert()


def test_maintenance_that_was_announced_in_time_is_planned():
	use("host-a")
	window = announce(49, minutes_before(3), 2)
	deliver(stream("+----+", minutes_before(5)))
	(planned,) = all_incidents(incident_class="Planned")
	assert (planned.minutes, planned.maintenance_window) == (2, window.name)
	assert [row.minutes for row in all_incidents(incident_class="Unplanned")] == [1, 1]


def test_maintenance_that_was_announced_late_is_not(as_user):
	as_user("agent")
	window = announce(47, minutes_before(5), is_in_time=1, announced_at_utc="2020-01-01T00:00:00+00:00")
	assert (window.is_in_time, window.notice_hours) == (0, 48)
	as_user("Administrator")
	use("host-a")
	deliver(stream("+--+", minutes_before(4)))
	assert [row.incident_class for row in all_incidents()] == ["Unplanned"]


def test_the_settings_may_allow_maintenance_only_inside_a_window():
	"""November 20th is a Friday; the shipped window is on Sundays."""
	use("host-a")
	announce(49, minutes_before(5))
	settings = frappe.get_doc("Support Promise Settings")
	settings.maintenance_window = "Mantenimiento domingo 2-6"
	settings.save()
	deliver(stream("+--+", minutes_before(4)))
	assert [row.incident_class for row in all_incidents()] == ["Unplanned"]


def test_an_announcement_stays_as_it_was_made(as_user):
	as_user("agent")
	window = frappe.get_doc("Maintenance Window", announce(49, NOW + timedelta(days=9)).name)
	window.ends_at = to_site(NOW + timedelta(days=12))
	with pytest.raises(frappe.PermissionError):
		window.save()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Maintenance Window", window.name)
	assert broken_seals("Maintenance Window") == (1, [])


@pytest.mark.parametrize(("hours_before", "minutes"), [(0, 60), (-1, 60), (72, 0), (72, -5)])
def test_maintenance_in_the_past_or_without_an_end_is_refused(hours_before, minutes):
	with pytest.raises(frappe.ValidationError):
		announce(hours_before, NOW + timedelta(days=3), minutes)


def test_everybody_who_works_on_the_site_is_told(as_user, monkeypatch):
	told = []
	monkeypatch.setattr(
		"codigo_binario_support.operations.availability.maintenance.background.notify_on_desk",
		lambda users, _doctype, _name, write, _by: told.append((users, write())),
	)
	as_user("agent")
	announce(49, NOW + timedelta(days=9))
	((users, subject),) = told
	assert "support-test-ana@example.com" in users and frappe.session.user not in users
	assert "Actualización de la base" in subject


# -- statements --------------------------------------------------------------------------------------------------------


def test_the_statement_says_what_the_samples_and_incidents_say(clean):
	"""Two days of minutes, filled in by hand beside it: 2 probes, gaps, an outage, maintenance."""
	use("host-a", "host-b")
	first = datetime(2026, 11, 10, 6, tzinfo=timezone.utc)  # midnight in Mexico City
	announce(60, first + timedelta(minutes=300), 60)
	chance = random.Random(11)
	said = [set() for _ in range(2880)]
	for probe in KEYS:
		states, state = "", "+"
		for minute in range(2880):
			if chance.random() < 0.02:
				state = chance.choice("++++- ")
			here = "-" if 310 <= minute < 330 else state
			states += here
			if here != " ":
				said[minute].add(here)
		found = stream(states, first, probe)
		for i in range(0, len(found), BATCH):
			deliver(found[i : i + BATCH], probe, more=int(i + BATCH < len(found)))
	counted = {"up": 0, "down": 0, "planned": 0, "partial": 0}
	for minute, states in enumerate(said):
		if "+" in states:
			counted["up"] += 1
			counted["partial"] += "-" in states
		elif states:
			counted["planned" if 300 <= minute < 360 else "down"] += 1
	doc = state_after(clean)
	assert {
		"up": doc.observed_up_minutes,
		"down": doc.unplanned_minutes,
		"planned": doc.announced_minutes,
		"partial": doc.partial_minutes,
	} == counted
	assert counted["planned"] >= 20 and counted["partial"] and counted["down"]
	assert doc.unknown_minutes == 43_200 - counted["up"] - counted["down"] - counted["planned"]
	assert (doc.state, doc.restore_minutes) == ("Broken", 120)
	assert round(doc.budget_used_minutes + doc.budget_left_minutes, 3) == 4.32


def test_a_statement_that_is_made_again_supersedes_the_one_before():
	with freeze_time(datetime(2026, 12, 1, 12, tzinfo=timezone.utc)):
		first = state_last_month()
		assert (first.month, first.version, first.supersedes) == ("2026-11", 1, None)
		assert state_last_month() is None, "nothing has changed"
		deliver(stream("-----+", minutes_before(5)))
		second = state_last_month()
	assert (second.version, second.supersedes, second.state) == (2, first.name, "Broken")
	assert frappe.db.get_value("Availability Statement", first.name, "state") == "Not proven"
	assert broken_seals("Availability Statement") == (2, [])


def test_heartbeats_are_a_lower_bound_and_no_proof_of_being_reached(clean):
	for _minutes in range(5):
		heartbeats.beat(heartbeats.BACKGROUND)
		clean.tick(timedelta(minutes=4))
	clean.tick(timedelta(hours=2))
	heartbeats.beat(heartbeats.BACKGROUND)
	rows = frappe.get_all(heartbeats.DOCTYPE, fields=["began", "last", "beats"], order_by="began asc")
	assert [(row.last - row.began, row.beats) for row in rows] == [(16 * 60, 5), (0, 1)]
	doc = state_after(clean)
	assert (doc.inside_minutes, doc.observed_up_minutes) == (16, 0)


# -- days --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_days(clean):
	"""The 18th and the 19th (UTC), sealed on the 20th."""
	use("host-a")
	found = stream("+" * 60 + "--" + "+" * 20, datetime(2026, 11, 18, 23, 0, tzinfo=timezone.utc))
	deliver(found)
	assert len(samples.seal_days()) == 2
	return found


def test_a_day_that_is_over_is_sealed_once(two_days):
	assert samples.seal_days() == []
	first, second = frappe.get_all(
		samples.DAY,
		fields=["day", "samples", "up_samples", "down_samples", "breaks", "runs"],
		order_by="day asc",
	)
	assert (first.day, first.samples, first.down_samples, first.breaks) == ("2026-11-18", 60, 0, 0)
	assert (second.day, second.samples, second.down_samples, second.breaks) == ("2026-11-19", 22, 2, 0)
	assert len(json.loads(second.runs)) == 2
	assert broken_seals(samples.DAY) == (2, [])
	assert samples.broken_days() == {}


def test_what_arrives_later_is_sealed_in_a_second_version(two_days):
	deliver(stream("+++", datetime(2026, 11, 19, 12, tzinfo=timezone.utc)))
	(name,) = samples.seal_days()
	doc = frappe.get_doc(samples.DAY, name)
	assert (doc.day, doc.version, doc.samples, doc.breaks) == ("2026-11-19", 2, 25, 1)
	assert samples.broken_days() == {}


def test_what_arrives_for_a_sealed_day_counts_at_once(two_days):
	assert month_so_far()["observed_up_minutes"] == 80
	deliver(stream("+++-", datetime(2026, 11, 19, 12, tzinfo=timezone.utc)))
	assert (month_so_far()["observed_up_minutes"], month_so_far()["unplanned_minutes"]) == (83, 3)
	samples.seal_days()
	assert (month_so_far()["observed_up_minutes"], month_so_far()["unplanned_minutes"]) == (83, 3)
	assert json.loads(frappe.db.get_value(samples.PROBE, "host-a", "late_days")) == []


@pytest.mark.parametrize(
	"tamper",
	[
		"update `tabAvailability Sample` set is_up = 1, failure = '' where is_up = 0",
		"update `tabAvailability Sample` set latency_ms = 1 where is_up = 0 limit 1",
		"update `tabAvailability Sample` set flag = 'Clock skew' where is_up = 0",
		"delete from `tabAvailability Sample` where is_up = 0",
	],
)
def test_a_changed_sample_names_its_day(two_days, tamper):
	frappe.db.sql(tamper)
	assert samples.broken_days() == {"host-a": ["2026-11-19"]}
	assert "Availability Sample host-a 2026-11-19" in broken_evidence()[1]
	# What was changed is not sealed anew: the proof would be gone.
	deliver(stream("+", datetime(2026, 11, 19, 12, tzinfo=timezone.utc)))
	assert samples.seal_days() == []


def test_a_sample_that_is_changed_before_its_day_is_sealed_proves_nothing(clean):
	use("host-a")
	deliver(stream("--", datetime(2026, 11, 19, 12, tzinfo=timezone.utc)))
	frappe.db.sql("update `tabAvailability Sample` set is_up = 1, failure = '' limit 1")
	(name,) = samples.seal_days()
	doc = frappe.get_doc(samples.DAY, name)
	assert (doc.forged, doc.up_samples, doc.down_samples) == (1, 0, 1)
	assert samples.broken_days() == {"host-a": ["2026-11-19"]}


def test_samples_are_pruned_and_the_month_says_the_same(two_days, clean):
	before = state_after(clean)
	settings = frappe.get_doc("Support Promise Settings")
	settings.sample_days = 30
	settings.save()
	with freeze_time(NOW + timedelta(days=40)):
		assert samples.prune() == 2
		assert frappe.db.count(samples.SAMPLE) == 0
		assert samples.broken_days() == {}
		after = state_month("2026-11")
	for key in ("observed_up_minutes", "unplanned_minutes", "unknown_minutes"):
		assert before.get(key) == after.get(key), key
	assert before.observed_up_minutes == 80


def test_samples_are_not_removed_before_their_time(two_days):
	frappe.db.delete(samples.SAMPLE)
	assert samples.broken_days() == {"host-a": ["2026-11-18", "2026-11-19"]}


def test_the_export_holds_every_sample(two_days, tmp_path, monkeypatch):
	monkeypatch.setattr(uninstall, "PAGE_ROWS", 30)
	path = tmp_path / "rows.tar"
	with tarfile.open(path, "w") as archive:
		uninstall._add(archive, samples.SAMPLE, uninstall._plain_rows(samples.SAMPLE))
	with tarfile.open(path) as archive:
		found = [json.loads(line) for line in archive.extractfile("availability_sample.jsonl")]
	assert [row["signature"] for row in found] == [row.signature for row in two_days]


# -- health --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def well(clean, monkeypatch):
	frappe.cache.delete_value(heartbeats._CACHE_KEY)
	monkeypatch.setattr(heartbeats, "_worker", lambda: True)
	monkeypatch.setattr(heartbeats, "_page", lambda: True)
	monkeypatch.setattr(heartbeats, "is_scheduler_inactive", lambda verbose: False)
	heartbeats.beat(heartbeats.BACKGROUND)
	yield
	frappe.cache.delete_value(heartbeats._CACHE_KEY)


def test_a_site_that_lives_says_so(well):
	found = heartbeats.health()
	assert (found["ok"], found["failed"]) == (True, [])
	assert frappe.db.get_value(heartbeats.DOCTYPE, {"kind": "Web"}, "beats") == 1
	heartbeats.health()
	assert frappe.db.get_value(heartbeats.DOCTYPE, {"kind": "Web"}, "beats") == 1, (
		"asked again at once, it remembers"
	)


@pytest.mark.parametrize(
	("name", "broken"), [("_worker", lambda: False), ("_page", lambda: 1 / 0), ("_database", lambda: 1 / 0)]
)
def test_what_does_not_live_is_named(well, monkeypatch, name, broken):
	monkeypatch.setattr(heartbeats, name, broken)
	assert heartbeats.health()["failed"] == [name.removeprefix("_")]


def test_a_scheduler_that_is_silent_for_three_beats_is_not_alive(well, clean):
	clean.tick(timedelta(minutes=13))
	assert heartbeats.health()["failed"] == ["scheduler"]


def test_only_a_probe_that_signs_now_reads_the_details(clean):
	def header(at: int, key: str = KEYS["host-a"], name: str = "host-a") -> str:
		return f"{name} {at} {sign_text(key, domain.greeting(name, at))}"

	at = epoch(NOW)
	assert heartbeats.is_probe(header(at))
	for bad in (
		"",
		"x",
		"host-a",
		header(at - 61),
		header(at, "c" * 64),
		header(at, name="host-z"),
		f"host-a {at} ñ",
		"host-a ² 0",
	):
		assert not heartbeats.is_probe(bad), bad
	use("host-b")
	assert not heartbeats.is_probe(header(at))


def test_the_month_so_far_is_none_without_a_promise(monkeypatch):
	monkeypatch.setattr(availability.promises, "commitment", lambda kind: None)
	assert month_so_far() is None


def test_the_operator_hears_of_a_silent_probe_and_of_an_open_incident(clean):
	use("host-a")
	frappe.db.set_value(samples.PROBE, "host-a", "creation", to_site(NOW), update_modified=False)
	assert [row[1] for row in health._availability()] == ["availability"]
	clean.tick(timedelta(minutes=11))
	assert [row[:2] for row in health._availability()] == [(1, "probe"), (0, "availability")]
	deliver(stream("+---", minutes_before(-7)))
	assert [row[:2] for row in health._availability()] == [(2, "incident"), (0, "availability")]
	clean.tick(timedelta(minutes=3))
	deliver(stream("-" * 3, minutes_before(-11)))
	assert health._availability()[-1][0] == 2, "more than the budget is used"
	frappe.db.set_value(samples.PROBE, "host-a", "enabled", 0)
	assert (1, "probe") in [row[:2] for row in health._availability()]


def test_a_site_from_before_gets_the_settings_that_a_new_one_has():
	from codigo_binario_support.patches.v0_2 import seed_availability

	settings = "Support Promise Settings"
	frappe.db.delete("Singles", {"doctype": settings, "field": "maintenance_notice_hours"})
	frappe.db.set_single_value(settings, "sample_days", 30)
	seed_availability.execute()
	found = frappe.db.get_singles_dict(settings)
	assert (float(found.maintenance_notice_hours), int(found.sample_days)) == (48, 30)
