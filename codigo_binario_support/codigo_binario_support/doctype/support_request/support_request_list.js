frappe.listview_settings["Support Request"] = {
	add_fields: ["status", "verdict", "is_breached", "due_at", "severity", "customer"],
	hide_name_column: false,

	get_indicator(doc) {
		if (doc.is_breached && !["Resolved", "Closed"].includes(doc.status)) {
			return [__("Late"), "red", "is_breached,=,1"];
		}
		const colors = {
			New: "blue",
			"In Progress": "cyan",
			"Waiting for Customer": "yellow",
			"Waiting for Acceptance": "orange",
			Resolved: "green",
			Closed: "gray",
		};
		return [__(doc.status), colors[doc.status] || "gray", `status,=,${doc.status}`];
	},

	formatters: {
		clause(value, _df, doc) {
			const colors = {
				"In scope": "green",
				"Out of scope": "orange",
				Mixed: "blue",
				"Needs review": "gray",
			};
			const label = value ? __(value) : __(doc.verdict);
			return `<span class="indicator-pill no-indicator-dot ${
				colors[doc.verdict] || "gray"
			}" title="${__(doc.verdict)}">${label}</span>`;
		},
		turn(value) {
			return value ? __(value) : "";
		},
		company(value, _df, doc) {
			return frappe.utils.escape_html(doc.customer || value || "");
		},
	},
};
