"""A store that lives as long as the process: for tests and for scratch work."""
