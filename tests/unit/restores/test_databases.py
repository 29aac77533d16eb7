"""Which databases a restore may touch, and which dumps it may load."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.restores.databases import (
	DRILL,
	RESTORE,
	Dump,
	Refused,
	make_name,
	parse_name,
	require_scratch,
)

SITE = "erp.mx"
names = st.builds(
	make_name,
	st.sampled_from((DRILL, RESTORE)),
	st.just(SITE),
	st.integers(1, 4_194_304),
	st.text("0123456789abcdef", min_size=4, max_size=4),
)


@given(names)
def test_a_name_says_what_it_was_made_of_and_fits_every_server(name):
	assert parse_name(name) is not None and len(name) <= 32
	require_scratch(name, {"_4b1a2c3d"}, SITE)


@given(names, st.sets(names | st.text(max_size=20)), st.booleans())
def test_a_site_s_database_is_refused_whatever_it_is_called_and_however_it_is_written(
	name, others, is_shouted
):
	"""After a restore a site lives in a database with one of our own names: that one is as live as any other."""
	for live in ({*others, name}, {*others, name.upper()}):
		with pytest.raises(Refused, match="database of a site"):
			require_scratch(name.upper() if is_shouted else name, live, SITE)


@given(st.text(max_size=40) | st.from_regex(r"\A(cbs[dr]?_?|_)[0-9a-f_]{0,30}\Z"))
def test_only_names_of_our_own_are_touched(name):
	found = parse_name(name)
	if found is None or name == "":
		with pytest.raises(Refused):
			require_scratch(name, set(), SITE)


def test_what_another_site_s_restore_made_is_not_ours():
	with pytest.raises(Refused, match="of this site made"):
		require_scratch(make_name(DRILL, "otro.mx", 7, "beef"), set(), SITE)


@pytest.mark.parametrize(
	"name",
	[
		"mysql",
		"information_schema",
		"",
		"cbsd_7396be84_7_beef; drop database x",
		"cbsd_7396be84_7_beef\n",
		"`x`",
	],
)
def test_the_server_s_own_databases_and_tricks_are_refused(name):
	with pytest.raises(Refused):
		require_scratch(name, set(), SITE)


GOOD = b"""-- MariaDB dump 10.19
/*M!999999\\- enable the sandbox mode */
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `tabUser`;
CREATE TABLE `tabUser` (
  `name` varchar(140) COMMENT 'use `other`; create database x',
);
LOCK TABLES `tabUser` WRITE;
/*!40000 ALTER TABLE `tabUser` DISABLE KEYS */;
INSERT INTO `tabUser` VALUES ('USE other; DROP DATABASE x','`a`.`b`');
INSERT INTO `tabUser` VALUES
('USE other','DEFINER=`root`@`localhost`'),
('x','y');
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select `tabUser`.`name` AS `name` from `tabUser` */;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON `tabUser` FOR EACH ROW SET @a = 1 */;;
CREATE DEFINER=`root`@`%` FUNCTION `f`() RETURNS int RETURN 1;;
CREATE TABLE IF NOT EXISTS `tab``odd` (`name` int);
-- Dump completed on 2026-11-26
"""


def through(text: bytes) -> tuple[Dump, bytes]:
	dump = Dump(text.splitlines(keepends=True))
	return dump, b"".join(dump)


def test_a_dump_passes_with_its_data_untouched_and_without_owners():
	dump, out = through(GOOD)
	assert dump.tables == ["tabUser", "tab`odd"]
	assert dump.is_whole
	assert b"sandbox" not in out
	for line in GOOD.splitlines():
		if line.startswith((b"INSERT", b"(")):
			assert line in out
	assert out.count(b"DEFINER") == 1, "only the one that is data"
	assert b"CREATE FUNCTION `f`()" in out and b"/*!50003 TRIGGER t" in out


def test_a_dump_without_its_last_line_is_not_whole():
	assert not through(GOOD.replace(b"-- Dump completed", b"-- "))[0].is_whole


@pytest.mark.parametrize(
	("line", "named"),
	[
		(b"USE `live`;\n", "live"),
		(b"use live;\n", "live"),
		(b"/*!50000 USE live */;\n", "live"),
		(
			b"CREATE DATABASE /*!32312 IF NOT EXISTS*/ `live` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;\n",
			"live",
		),
		(b"/*!40000 DROP DATABASE IF EXISTS `live`*/;\n", "live"),
		(b"drop schema live;\n", "live"),
		(b"ALTER DATABASE `live` CHARACTER SET latin1;\n", "live"),
		(b"DROP TABLE IF EXISTS `live`.`tabUser`;\n", "live"),
		(b"INSERT INTO `live`.`tabUser` VALUES (1);\n", "live"),
		(b"insert into live.tabUser values (1);\n", "live"),
		(b"REPLACE INTO `live` . `tabUser` VALUES (1);\n", "live"),
		(b"/*!40000 ALTER TABLE `live`.`tabUser` DISABLE KEYS */;\n", "live"),
		(b"LOCK TABLES `live`.`tabUser` WRITE;\n", "live"),
		(b"DELETE FROM `live`.`tabUser`;\n", "live"),
	],
)
def test_a_dump_that_names_a_database_is_refused(line, named):
	with pytest.raises(Refused, match=named):
		through(GOOD.replace(b"DROP TABLE IF EXISTS `tabUser`;\n", line))


@given(
	st.lists(st.binary(max_size=60).map(lambda text: b"(" + text.replace(b"\n", b"") + b"\n"), max_size=20)
)
def test_rows_of_data_pass_whatever_they_say(lines):
	assert list(Dump(lines)) == lines
