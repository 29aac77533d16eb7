// The server keeps the record as it is; the form only stops offering what would be refused.
frappe.ui.form.on("Availability Day", {
	refresh(frm) {
		frm.disable_copy?.();
		frm.disable_form();
	},
});
