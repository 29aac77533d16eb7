frappe.ui.form.on("SLA Window", {
	onload(frm) {
		frappe.call("frappe.core.doctype.user.user.get_timezones").then(({ message }) => {
			frm.fields_dict.time_zone.set_data(message?.timezones || []);
		});
	},
});
