frappe.listview_settings["Provider Change Day"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colors = { "None found": "green", "Changes found": "red", "Not proven": "orange" };
		return [__(doc.state), colors[doc.state] || "gray", "state,=," + doc.state];
	},
};
