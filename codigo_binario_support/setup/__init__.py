"""Installing and uninstalling: what `seeds` makes, `manifest` remembers and `uninstall` removes."""
