// The server keeps the record as it is; the form only stops offering what would be refused.
frappe.ui.form.on("Restore Operation", {
	refresh(frm) {
		frm.disable_copy?.();
		if (frm.doc.entry_hash) frm.disable_form();
	},
});
