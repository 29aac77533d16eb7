// The server keeps the record as it is; the form only stops offering what would be refused.
frappe.ui.form.on("Restore Drill", {
	refresh(frm) {
		frm.disable_copy?.();
		if (frm.doc.entry_hash) frm.disable_form();
		if (frm.doc.__onload?.stands_as) {
			frm.set_intro(
				__("An error of this program, not the backup, stopped it: it counts as {0}.", [
					__(frm.doc.__onload.stands_as),
				]),
				"orange"
			);
		}
	},
});
