"""For those who write adapters: contract suites for the ports, and fakes. Shipped; needs pytest only to be run."""
