// What agents do on the form of a request. The server decides what may be done; this script asks, and shows the answer.
frappe.provide("cb_support");

cb_support.queue = (method, args) =>
	frappe.call({
		method: `codigo_binario_support.api.queue.${method}`,
		args,
		freeze: true,
	});

frappe.ui.form.on("Support Request", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.__onload?.support?.side !== "agent") return;
		frm.events.desk_shortcuts(frm);
		frm.events.show_desk(frm);
	},

	show_desk(frm) {
		const name = frm.doc.name;
		frappe
			.call("codigo_binario_support.api.queue.desk", { name })
			.then(({ message: desk }) => {
				if (!desk || frm.doc.name !== name) return;
				frm.support_desk = desk;
				const wrapper = frm.get_field("panel").$wrapper;
				wrapper.find(".support-desk").remove();
				wrapper.append(desk.html);
				frm.events.desk_buttons(frm, desk);
			});
	},

	desk_buttons(frm, desk) {
		if (desk.can_answer) {
			frm.add_custom_button(__("Answer the customer"), () => frm.events.desk_answer(frm))
				.removeClass("btn-default")
				.addClass("btn-primary");
		}
		const group = __("Support");
		frm.add_custom_button(__("Internal note"), () => frm.events.desk_note(frm), group);
		frm.add_custom_button(__("Time spent"), () => frm.events.desk_time(frm), group);
		frm.add_custom_button(__("Assign"), () => frm.events.desk_assign(frm), group);
		frm.add_custom_button(
			__("Link to an incident"),
			() => frm.events.desk_incident(frm),
			group
		);
		if (desk.can_reset_password) {
			frm.add_custom_button(
				__("Send the password reset mail"),
				() => frm.events.desk_reset_password(frm),
				group
			);
		}
		if (desk.can_plan_upgrade) {
			frm.add_custom_button(
				__("Plan the upgrade"),
				() => frm.events.desk_upgrade(frm),
				group
			);
		}
		if (desk.can_split) {
			frm.add_custom_button(
				__("Separate the excluded part"),
				() => frm.events.desk_split(frm),
				group
			);
		}
		frm.add_custom_button(
			__("An answer is not in Spanish"),
			() => frm.events.desk_other_language(frm),
			group
		);
		if (desk.can_merge) {
			frm.add_custom_button(
				__("Merge with another request"),
				() => frm.events.desk_merge(frm),
				group
			);
		}
	},

	desk_other_language(frm) {
		frm.events.desk_confirm(
			frm,
			__(
				"Do you confirm that an answer on this request is not in Spanish? The monthly statement then says that the promise was not kept."
			),
			"codigo_binario_support.api.requests.confirm_other_language"
		);
	},

	desk_reset_password(frm) {
		frm.events.desk_confirm(
			frm,
			__("Send {0} Frappe's own mail to choose a new password?", [
				frappe.utils.escape_html(frm.doc.raised_by).bold(),
			]),
			"codigo_binario_support.api.guidance.send_password_reset"
		);
	},

	// The server does it once somebody has said yes.
	desk_confirm(frm, question, method) {
		const args = { name: frm.doc.name };
		frappe.confirm(question, () =>
			frappe.call({ method, args, freeze: true }).then(() => frm.reload_doc())
		);
	},

	desk_upgrade(frm) {
		frappe.prompt(
			[
				{
					fieldname: "wanted_version",
					fieldtype: "Data",
					label: __("Wanted version"),
					reqd: 1,
				},
				{
					fieldname: "starts_at",
					fieldtype: "Datetime",
					label: __("Starts at"),
					reqd: 1,
					description: __("Outside support hours, so that nobody is interrupted."),
				},
				{ fieldname: "ends_at", fieldtype: "Datetime", label: __("Ends at"), reqd: 1 },
			],
			(values) =>
				frappe
					.call({
						method: "codigo_binario_support.api.upgrades.plan",
						args: { name: frm.doc.name, ...values },
						freeze: true,
					})
					.then(({ message }) => frappe.set_route("Form", "Platform Upgrade", message)),
			__("Plan the upgrade"),
			__("Announce")
		);
	},

	desk_shortcuts(frm) {
		for (const [key, event, description] of [
			["shift+r", "desk_answer", __("Answer the request")],
			["shift+n", "desk_note", __("Write an internal note")],
			["shift+t", "desk_time", __("Write down time spent")],
			["shift+a", "desk_assign", __("Assign the request")],
		]) {
			frappe.ui.keys.add_shortcut({
				shortcut: key,
				action: () => frm.events[event](frm),
				description,
				page: frm.page,
				condition: () =>
					cur_frm === frm && Boolean(frm.support_desk) && !window.cur_dialog,
			});
		}
	},

	desk_answer(frm) {
		const desk = frm.support_desk;
		if (!desk?.can_answer) return;
		// One number for this dialog: a double click or a retry sends one message.
		const client_id = frappe.utils.get_random(20);
		const dialog = new frappe.ui.Dialog({
			title: __("Answer {0}", [frm.doc.name]),
			size: "large",
			fields: [
				{
					fieldname: "template",
					fieldtype: "Select",
					label: __("Canned answer"),
					options: [
						{ value: "", label: "" },
						...desk.canned.map((row) => ({ value: row.value, label: row.value })),
					],
					onchange: () => {
						const template = dialog.get_value("template");
						if (!template) return;
						cb_support
							.queue("canned_answer", { name: frm.doc.name, template })
							.then(({ message }) => {
								const written = dialog.get_value("content") || "";
								const is_empty = !frappe.utils.html2text(written).trim();
								dialog.set_value(
									"content",
									is_empty ? message : written + message
								);
							});
					},
				},
				{ fieldtype: "Column Break" },
				{
					fieldname: "medium",
					fieldtype: "Select",
					label: __("Goes by"),
					options: [
						{ value: "Email", label: __("Email") },
						{ value: "Chat", label: __("Chat") },
					],
					default: frm.doc.channel === "Chat" ? "Chat" : "Email",
				},
				{ fieldtype: "Column Break" },
				{
					fieldname: "then",
					fieldtype: "Select",
					label: __("And then"),
					options: [{ value: "", label: __("Only send it") }, ...desk.following],
				},
				{ fieldtype: "Section Break" },
				{
					fieldname: "resource",
					fieldtype: "Select",
					label: __("Official material"),
					hidden: desk.resources.length ? 0 : 1,
					options: [
						{ value: "", label: "" },
						...desk.resources.map((row) => ({ value: row.url, label: row.title })),
					],
					onchange: () => {
						const row = desk.resources.find(
							({ url }) => url === dialog.get_value("resource")
						);
						if (!row) return;
						const [url, title] = [row.url, row.title].map(frappe.utils.escape_html);
						const link = `<p><a href="${url}">${title}</a></p>`;
						dialog.set_value("content", (dialog.get_value("content") || "") + link);
					},
				},
				{
					fieldname: "content",
					fieldtype: "Text Editor",
					label: __("Answer to the customer"),
					reqd: 1,
				},
			],
			primary_action_label: __("Send"),
			primary_action({ content, medium, then }) {
				dialog.disable_primary_action();
				frappe
					.call({
						method: "codigo_binario_support.api.requests.answer",
						args: { name: frm.doc.name, content, medium, then, client_id },
						freeze: true,
					})
					.then(() => {
						dialog.hide();
						frappe.show_alert({
							message: __("The answer was sent."),
							indicator: "green",
						});
						return frm.reload_doc();
					})
					.always(() => dialog.enable_primary_action());
			},
		});
		dialog.show();
	},

	desk_note(frm) {
		frappe.prompt(
			{
				fieldname: "content",
				fieldtype: "Text Editor",
				label: __("Note"),
				reqd: 1,
				description: __("Only agents see it. It never leaves support."),
			},
			({ content }) => frm.events.desk_do(frm, "add_note", { content }),
			__("Internal note"),
			__("Save")
		);
	},

	desk_time(frm) {
		const can_charge = frm.support_desk?.can_charge;
		const [included, pack] = frappe.boot.cb_support.parts;
		frappe.prompt(
			[
				{
					fieldname: "minutes",
					fieldtype: "Int",
					label: __("Minutes"),
					reqd: 1,
				},
				{ fieldtype: "Column Break" },
				{
					fieldname: "spent_on",
					fieldtype: "Date",
					label: __("Day"),
					default: frappe.datetime.get_today(),
				},
				{ fieldtype: "Section Break" },
				{
					fieldname: "part",
					fieldtype: "Select",
					label: __("Part"),
					options: [included, pack].map((value) => ({ value, label: __(value) })),
					default: can_charge ? pack : included,
					description: can_charge
						? ""
						: __(
								"Hours of a Success Pack are used only by work that the customer has accepted."
						  ),
				},
				{
					fieldname: "description",
					fieldtype: "Small Text",
					label: __("What was done"),
					reqd: 1,
					description: __("Both sides can read it."),
				},
			],
			(values) => frm.events.desk_do(frm, "add_time", values),
			__("Time spent"),
			__("Save")
		);
	},

	desk_assign(frm) {
		const agents = frm.support_desk?.agents || [];
		frappe.prompt(
			{
				fieldname: "user",
				fieldtype: "Select",
				label: __("Agent"),
				options: agents,
				reqd: 1,
				default: agents.some((row) => row.value === frappe.session.user)
					? frappe.session.user
					: "",
			},
			({ user }) => frm.events.desk_do(frm, "assign", { user }),
			__("Assign"),
			__("Assign")
		);
	},

	desk_incident(frm) {
		frappe.prompt(
			{
				fieldname: "incident",
				fieldtype: "Link",
				options: "Service Incident",
				label: __("Incident"),
				reqd: 1,
				get_query: () => ({ filters: { state: "Ongoing" } }),
			},
			({ incident }) => frm.events.desk_do(frm, "link_incident", { incident }),
			__("Link to an incident"),
			__("Link", null, "Service Incident")
		);
	},

	desk_split(frm) {
		frappe.prompt(
			[
				{
					fieldname: "subject",
					fieldtype: "Data",
					label: __("Subject of the excluded part"),
					default: frm.doc.subject,
					reqd: 1,
				},
				{
					fieldname: "description",
					fieldtype: "Text Editor",
					label: __("What it is about"),
					default: frm.doc.description,
					reqd: 1,
					description: __(
						"It becomes a request of its own and waits for its offer; the included part goes on here."
					),
				},
			],
			(values) =>
				cb_support
					.queue("split", { name: frm.doc.name, ...values })
					.then(({ message }) => {
						frm.reload_doc();
						frappe.show_alert({
							message: __("The excluded part is now {0}.", [
								frappe.utils.get_form_link("Support Request", message, true),
							]),
							indicator: "green",
						});
					}),
			__("Separate the excluded part"),
			__("Separate")
		);
	},

	desk_merge(frm) {
		frappe.prompt(
			{
				fieldname: "into",
				fieldtype: "Link",
				options: "Support Request",
				label: __("Request that stays"),
				reqd: 1,
				description: __(
					"This one is closed as its duplicate. Who asked gets the answers here all the same."
				),
				get_query: () => ({
					filters: {
						name: ["!=", frm.doc.name],
						company: frm.doc.company,
						status: ["not in", frappe.boot.cb_support.over],
					},
				}),
			},
			({ into }) => frm.events.desk_do(frm, "merge", { into }),
			__("Merge with another request"),
			__("Merge")
		);
	},

	desk_do(frm, method, args) {
		return cb_support
			.queue(method, { name: frm.doc.name, ...args })
			.then(() => frm.reload_doc());
	},
});
