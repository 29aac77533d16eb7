// The server keeps the record as it is; the form only stops offering what would be refused.
frappe.ui.form.on("Availability Statement", {
	refresh(frm) {
		frm.disable_copy?.();
		if (!frm.doc.entry_hash) return;
		frm.disable_form();
		if (frm.doc.restore_minutes > frm.doc.budget_minutes) {
			frm.set_intro(
				__(
					"One restoration that takes the {0} minutes promised for it breaks this month by itself: its error budget is {1} minutes.",
					[frm.doc.restore_minutes, format_number(frm.doc.budget_minutes, null, 2)]
				),
				"blue"
			);
		}
	},
});
