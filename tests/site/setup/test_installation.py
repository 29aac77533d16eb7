"""Install, migrate, uninstall and install again, with `bench`, on a site that is given for it."""

import json
import os

from scratch import APP, SITE, ask, bench, is_installed, needs_scratch_site

pytestmark = needs_scratch_site

#: What Frappe 16 shows of the app; Frappe 15 has no such doctypes.
DESK = """
print([f"{doctype} {name}" for doctype in ("Desktop Icon", "Workspace Sidebar") if frappe.db.exists("DocType", "Workspace Sidebar")
	for name in frappe.get_all(doctype, {"app": "codigo_binario_support"}, pluck="name", order_by="name asc")])
"""

SHAPE = """
columns = frappe.db.sql("select table_name, column_name from information_schema.columns where table_schema = database()")
kept = ("tabKanban Board", "tabKanban Board Column", "tabHoliday List", "tabHoliday", "tabItem", "tabSupplier Quotation",
	"tabQuotation", "tabRole", "tabDocPerm", "tabCustom Field", "tabScheduled Job Type", "tabWorkspace", "tabModule Def",
	"tabWorkspace Sidebar", "tabDesktop Icon", "tabNumber Card", "tabDashboard Chart")
there = {table for table, _column in columns}
import json
print(json.dumps([sorted(map(list, columns)), {name: frappe.db.sql(f"select count(*) from `{name}`")[0][0] for name in kept if name in there}]))
"""


def test_install_migrate_twice_use_uninstall_and_install_again():
	if is_installed():
		bench("uninstall-app", APP, "--yes", "--no-backup")
	before = json.loads(ask(SHAPE))

	bench("install-app", APP)
	bench("migrate")
	bench("migrate")
	policy = ask(
		"from codigo_binario_support.adapters.policy.terms import policy_in_force; print(len(policy_in_force().clauses))"
	)
	assert policy == "16"
	assert ask(DESK) in (
		"[]",
		"['Desktop Icon Codigo Binario Support', 'Desktop Icon Soporte', 'Workspace Sidebar Soporte']",
	)
	request = ask(
		"print(frappe.get_doc({'doctype': 'Support Request', 'subject': 'Visita',"
		" 'description': 'Vengan a instalar las impresoras a nuestra oficina'}).insert().name)"
	)
	dry = bench("uninstall-app", APP, "--dry-run")
	assert dry.returncode == 0 and ask(f"print(frappe.db.exists('Support Request', {request!r}))") == request

	out = bench("uninstall-app", APP, "--yes", "--no-backup").stdout
	archive = next(word for word in out.split() if word.endswith(".tar.gz"))
	assert os.path.getsize(archive) > 500
	assert json.loads(ask(SHAPE)) == before
	assert ask(f"print(frappe.db.count('Patch Log', {{'patch': ('like', '{APP}.%')}}))") == "0"

	bench("install-app", APP)
	health = bench("support", "health", "--json", check=False)
	assert json.loads(health.stdout)["site"] == SITE
	bench("uninstall-app", APP, "--yes", "--no-backup")
	os.unlink(archive)


def test_a_taken_name_leaves_the_site_as_it_was():
	if is_installed():
		bench("uninstall-app", APP, "--yes", "--no-backup")
	ask("frappe.get_doc({'doctype': 'Role', 'role_name': 'Support Agent'}).insert()")
	ask("u = frappe.get_doc('User', 'Administrator'); u.append('roles', {'role': 'Support Agent'}); u.save()")
	try:
		done = bench("install-app", APP, check=False)
		assert done.returncode != 0
		assert "Support Agent" in done.stdout + done.stderr
		assert ask("print(frappe.db.exists('DocType', 'Support Request'))") == "None"
		assert APP not in ask("print(frappe.get_installed_apps())")
	finally:
		ask(
			"frappe.db.delete('Has Role', {'role': 'Support Agent'}); frappe.delete_doc('Role', 'Support Agent')"
		)
