// The server keeps the record as it is; the form only stops offering what would be refused.
frappe.ui.form.on("Monthly Statement", {
	refresh(frm) {
		frm.disable_copy?.();
		if (!frm.doc.entry_hash) return;
		frm.disable_form();
		const later = frm.doc.__onload?.replaced_by;
		if (later) {
			const link = frappe.utils.get_form_link("Monthly Statement", later, true);
			frm.dashboard.set_headline(
				__("A later version replaces this one: {0}", [link]),
				"orange"
			);
		}
	},
});
