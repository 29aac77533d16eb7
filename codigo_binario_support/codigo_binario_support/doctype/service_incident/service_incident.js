// The server keeps the record as it is; the form only stops offering what would be refused.
frappe.ui.form.on("Service Incident", {
	refresh(frm) {
		frm.disable_copy?.();
		if (!frm.doc.entry_hash) return;
		frm.disable_form();
		if (frappe.model.can_create("Service Incident")) {
			frm.add_custom_button(__("Judge anew"), () => judge_anew(frm.doc));
		}
	},
});

// A closed incident stays; who knows better writes a new one, which then counts in its place.
function judge_anew(doc) {
	const { name, subject, incident_class, cause, opened_at, closed_at } = doc;
	frappe.new_doc("Service Incident", {
		corrects: name,
		subject,
		incident_class,
		cause,
		opened_at,
		closed_at,
	});
}
