frappe.ui.form.on("Support Example", {
	refresh(frm) {
		if (frm.is_new()) return;
		const answer = (is_released) =>
			frappe
				.call({
					method: "codigo_binario_support.api.examples.answer",
					args: { name: frm.doc.name, is_released },
					freeze: true,
				})
				.then(() => frm.reload_doc());
		if (frm.doc.state !== "Released") {
			frm.add_custom_button(__("Release into the classifier"), () => answer(1));
		}
		if (frm.doc.state !== "Taken back") {
			frm.add_custom_button(__("Take back"), () => answer(0));
		}
	},
});
