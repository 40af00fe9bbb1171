"""The command line: one file per group of commands; everything heavy loads when a command runs."""
