// Notes are written once; the form only stops offering what would be refused.
frappe.ui.form.on("Support Note", {
	refresh(frm) {
		frm.disable_copy?.();
		if (!frm.is_new()) frm.disable_form();
	},
});
