frappe.listview_settings["Monthly Statement"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colors = { Kept: "green", Broken: "red", "Not proven": "orange" };
		return [__(doc.state), colors[doc.state] || "gray", "state,=," + doc.state];
	},
};
