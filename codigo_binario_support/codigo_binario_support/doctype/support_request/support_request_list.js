// The queue. Its order is a column of the server's; views, bulk actions and keys only ask.
frappe.provide("cb_support");

cb_support.by_status = frappe.listview_settings["Support Request"].get_indicator;

Object.assign(frappe.listview_settings["Support Request"], {
	add_fields: ["status", "verdict", "is_breached", "due_at", "severity", "customer"],
	hide_name_column: false,

	get_indicator(doc) {
		if (doc.is_breached && !frappe.boot.cb_support.over.includes(doc.status)) {
			return [__("Late"), "red", "is_breached,=,1"];
		}
		return cb_support.by_status(doc);
	},

	// Each returns one element or nothing: Frappe 16 reads anything else as a selector, and draws no row.
	formatters: {
		clause(value, _df, doc) {
			const color = frappe.boot.cb_support.verdicts[doc.verdict] || "gray";
			const label = value ? __(value) : __(doc.verdict);
			return `<span class="indicator-pill no-indicator-dot ${color}" title="${__(
				doc.verdict
			)}">${label}</span>`;
		},
		turn(value, _df, doc) {
			if (!value) return "";
			if (!doc.due_at) return `<span>${__(value)}</span>`;
			const due = moment(doc.due_at);
			const day = due.isSame(moment(frappe.datetime.now_date()), "day") ? "" : "DD/MM ";
			const color = doc.is_breached ? "text-danger" : "text-muted";
			return `<span>${__(value)} <span class="${color}" title="${__(
				"Next due"
			)}">${due.format(`${day}HH:mm`)}</span></span>`;
		},
		company(value, _df, doc) {
			const name = doc.customer || value;
			return name ? `<span>${frappe.utils.escape_html(name)}</span>` : "";
		},
	},

	onload(listview) {
		if (!frappe.user.has_role("Support Agent")) return;
		cb_support.queue_actions(listview);
		cb_support.queue_keys(listview);
		listview.page.add_inner_button(__("My queue"), () => cb_support.show_my_queue(listview));
	},

	refresh(listview) {
		if (frappe.user.has_role("Support Agent")) {
			cb_support.show_site_state(listview);
		}
	},
});

cb_support.show_my_queue = (listview) =>
	listview.filter_area.clear(false).then(() =>
		listview.filter_area.add([
			["Support Request", "_assign", "like", `%${frappe.session.user}%`],
			["Support Request", "status", "not in", frappe.boot.cb_support.over],
		])
	);

cb_support.bulk = (listview, action, values = {}) => {
	const names = listview.get_checked_items(true);
	if (!names.length) {
		frappe.show_alert({ message: __("Check some requests first."), indicator: "orange" });
		return;
	}
	return frappe
		.call({
			method: "codigo_binario_support.api.queue.bulk",
			args: { names, action, client_id: frappe.utils.get_random(20), ...values },
			freeze: true,
		})
		.then(({ message }) => {
			cb_support.show_result(message);
			listview.clear_checked_items();
			listview.refresh();
		});
};

cb_support.ask = (listview, action, title, fields) => {
	if (!listview.get_checked_items(true).length) {
		return cb_support.bulk(listview, action);
	}
	frappe.prompt(
		fields,
		(values) => cb_support.bulk(listview, action, values),
		title,
		__("Continue")
	);
};

cb_support.BULK = {
	assign: (listview) =>
		cb_support.ask(listview, "assign", __("Assign"), {
			fieldname: "value",
			fieldtype: "Link",
			options: "User",
			label: __("Agent"),
			reqd: 1,
			default: frappe.session.user,
		}),
	answer: (listview) =>
		cb_support.ask(listview, "answer", __("Answer the customer"), [
			{
				fieldname: "value",
				fieldtype: "Link",
				options: "Email Template",
				label: __("Canned answer"),
				reqd: 1,
				get_query: () => ({ filters: { name: ["like", "Soporte:%"] } }),
			},
			{
				fieldname: "medium",
				fieldtype: "Select",
				label: __("Goes by"),
				options: [
					{ value: "Email", label: __("Email") },
					{ value: "Chat", label: __("Chat") },
				],
				default: "Email",
			},
		]),
	link: (listview) =>
		cb_support.ask(listview, "link", __("Link to an incident"), {
			fieldname: "value",
			fieldtype: "Link",
			options: "Service Incident",
			label: __("Incident"),
			reqd: 1,
			get_query: () => ({ filters: { state: "Ongoing" } }),
		}),
};

// A step of the request's life, with its reason where it needs one.
cb_support.step = (listview, { name, label, needs_reason }) =>
	needs_reason
		? cb_support.ask(listview, name, __(label), {
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: 1,
				description: __("Both sides can read it."),
		  })
		: cb_support.bulk(listview, name);

for (const step of frappe.boot.cb_support.bulk) {
	cb_support.BULK[step.name] = (listview) => cb_support.step(listview, step);
}

cb_support.queue_actions = (listview) => {
	const labels = [
		["assign", __("Support: assign")],
		["answer", __("Support: answer with a canned answer")],
		["link", __("Support: link to an incident")],
		...frappe.boot.cb_support.bulk.map(({ name, menu }) => [name, __(menu)]),
	];
	for (const [action, label] of labels) {
		listview.page.add_actions_menu_item(label, () => cb_support.BULK[action](listview), false);
	}
};

cb_support.queue_keys = (listview) => {
	for (const [key, action, description] of [
		["shift+q", () => cb_support.show_my_queue(listview), __("Show my own queue")],
		["shift+a", () => cb_support.BULK.assign(listview), __("Assign the checked requests")],
		["shift+r", () => cb_support.BULK.answer(listview), __("Answer the checked requests")],
		["shift+e", () => cb_support.BULK.resolve(listview), __("Resolve the checked requests")],
	]) {
		frappe.ui.keys.add_shortcut({
			shortcut: key,
			action,
			description,
			page: listview.page,
			condition: () => !window.cur_dialog,
		});
	}
};

cb_support.show_site_state = (listview) => {
	const show = (state) => {
		const place = listview.$frappe_list || listview.$result?.parent();
		listview.page.main.find(".support-site-state").remove();
		if (!state || !place?.length) return;
		const parts = [
			`<span><span class="indicator ${state.backup.color}"></span>${frappe.utils.escape_html(
				state.backup.text
			)}</span>`,
			...state.incidents.map(
				(row) =>
					`<a href="${frappe.utils.get_form_link(
						"Service Incident",
						row.name
					)}"><span class="indicator red"></span>${frappe.utils.escape_html(
						row.subject
					)}</a>`
			),
		];
		if (!state.incidents.length) {
			parts.push(
				`<span><span class="indicator green"></span>${__("No open incident")}</span>`
			);
		}
		place.before(`<div class="support-site-state">${parts.join("")}</div>`);
	};
	const known = cb_support.site_state;
	if (known && Date.now() - known.at < 60000) return show(known.state);
	frappe.call("codigo_binario_support.api.queue.site_state").then(({ message }) => {
		cb_support.site_state = { at: Date.now(), state: message };
		show(message);
	});
};
