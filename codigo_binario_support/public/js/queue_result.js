// What a bulk action did and, row by row, what it could not do.
frappe.provide("cb_support");

cb_support.show_result = ({ done, failed }) => {
	if (!failed.length) {
		frappe.show_alert({ message: __("Done: {0}", [done.length]), indicator: "green" });
		return;
	}
	const rows = failed
		.map(
			(row) =>
				`<li><strong>${frappe.utils.escape_html(
					row.name
				)}</strong>: ${frappe.utils.escape_html(row.reason)}</li>`
		)
		.join("");
	const list = `<ul>${rows}</ul>`;
	frappe.msgprint({
		title: __("Done: {0}. Not done: {1}", [done.length, failed.length]),
		message: list,
		indicator: done.length ? "orange" : "red",
	});
};
