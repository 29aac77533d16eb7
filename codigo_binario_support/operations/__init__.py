"""What happens without a request: backups, restores, availability, evidence. Each leaves records that nobody can change."""
