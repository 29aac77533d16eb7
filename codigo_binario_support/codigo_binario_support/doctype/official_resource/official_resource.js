frappe.ui.form.on("Official Resource", {
	refresh(frm) {
		if (frm.doc.kind === "Official page" && frm.doc.url) {
			frm.add_web_link(frm.doc.url, __("Open the page"));
		}
	},
});
