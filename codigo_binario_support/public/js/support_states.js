// What lists and forms show of a state: the tables of the server's domain, which come with the boot.
for (const [doctype, { field, colors }] of Object.entries(frappe.boot.cb_support.indicators)) {
	frappe.listview_settings[doctype] = {
		add_fields: [field],
		get_indicator: (doc) => [
			__(doc[field]),
			colors[doc[field]] || "gray",
			`${field},=,${doc[field]}`,
		],
	};
}
