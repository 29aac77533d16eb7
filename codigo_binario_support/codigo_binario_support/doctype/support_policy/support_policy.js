frappe.ui.form.on("Support Policy", {
	onload(frm) {
		frappe.call("frappe.core.doctype.user.user.get_timezones").then(({ message }) => {
			frm.fields_dict.time_zone.set_data(message?.timezones || []);
		});
	},
});
