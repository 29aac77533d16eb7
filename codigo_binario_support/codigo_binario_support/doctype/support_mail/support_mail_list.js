frappe.listview_settings["Support Mail"].hide_name_column = true;
