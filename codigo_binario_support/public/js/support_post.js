// One way to ask the server, the same on the form and on the portal.
window.support_desk = {
	post(url, body) {
		return fetch(url, {
			method: "POST",
			body,
			credentials: "same-origin",
			headers: {
				Accept: "application/json",
				"X-Frappe-CSRF-Token": window.frappe?.csrf_token || "",
			},
		});
	},

	reason_of(body) {
		// Frappe answers with a list of messages, each JSON in JSON, each perhaps with markup.
		try {
			const { message } = JSON.parse(JSON.parse(body._server_messages)[0]);
			return new DOMParser().parseFromString(message, "text/html").body.textContent;
		} catch (error) {
			return "";
		}
	},
};
