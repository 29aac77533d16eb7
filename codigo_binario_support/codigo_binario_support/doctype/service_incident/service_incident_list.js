frappe.listview_settings["Service Incident"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colors = { Ongoing: "red", Closed: "green" };
		return [__(doc.state), colors[doc.state] || "gray", "state,=," + doc.state];
	},
};
