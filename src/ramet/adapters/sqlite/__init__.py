"""The embedded store: one SQLite database in WAL mode, open to several processes."""
