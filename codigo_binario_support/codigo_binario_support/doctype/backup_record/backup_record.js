// The server keeps the record as it is; the form only stops offering what would be refused.
frappe.ui.form.on("Backup Record", {
	refresh(frm) {
		frm.disable_copy?.();
		if (frm.doc.entry_hash) frm.disable_form();
		const advice = frm.doc.__onload?.advice;
		if (advice) frm.set_intro(frappe.utils.escape_html(advice), "red");
	},
});
